/**
 * Schemas of records: what is registered under which subject, and the settings that say what may be registered next.
 */
@NullMarked
package io.weir.contracts.schema;

import org.jspecify.annotations.NullMarked;
