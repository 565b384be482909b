/**
 * From streams to snapshots, exactly once: which topics are due, what is read since a table's watermark, files that are
 * written within a bound of memory, and the one commit that moves table, dead letters and watermark together.
 */
@NullMarked
package io.weir.lakehouse.feed;

import org.jspecify.annotations.NullMarked;
