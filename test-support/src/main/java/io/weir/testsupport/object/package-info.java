/** An object store in memory that fails on demand: refuses, stalls, storms, or does the work and loses the answer. */
@NullMarked
package io.weir.testsupport.object;

import org.jspecify.annotations.NullMarked;
