/** Makes every topic an Apache Iceberg table: feeds it, keeps it small, and serves the catalog that names it. */
@NullMarked
package io.weir.lakehouse;

import org.jspecify.annotations.NullMarked;
