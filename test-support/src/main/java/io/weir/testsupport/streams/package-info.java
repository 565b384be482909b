/**
 * Streams in memory: appending, tail reads, segments, trims and watches without a log, for tests of what stands on
 * them.
 */
@NullMarked
package io.weir.testsupport.streams;

import org.jspecify.annotations.NullMarked;
