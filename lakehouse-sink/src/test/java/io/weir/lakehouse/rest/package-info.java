/** Tests of the package of the same name, by Iceberg's own client over HTTP. */
@NullMarked
package io.weir.lakehouse.rest;

import org.jspecify.annotations.NullMarked;
