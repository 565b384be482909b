/** Avro schemas, with Avro's own parser and its rules of schema resolution. */
@NullMarked
package io.weir.registry.avro;

import org.jspecify.annotations.NullMarked;
