/** An in-memory cell store with failures on demand, for tests of what is built on {@code contracts.cell}. */
@NullMarked
package io.weir.testsupport.cell;

import org.jspecify.annotations.NullMarked;
