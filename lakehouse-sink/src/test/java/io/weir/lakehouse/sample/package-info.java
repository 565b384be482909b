/** Batches and ports for tests of the sink. */
@NullMarked
package io.weir.lakehouse.sample;

import org.jspecify.annotations.NullMarked;
