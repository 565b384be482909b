/**
 * Reading streams wherever their data is: the tail of a shard, or segments, behind one port that every protocol uses.
 */
@NullMarked
package io.weir.gateway.read;

import org.jspecify.annotations.NullMarked;
