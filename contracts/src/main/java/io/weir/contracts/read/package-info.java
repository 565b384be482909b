/**
 * The ports through which streams are read: the committed tail from a shard, older data from segments, and what must be
 * asked of a shard's leader.
 */
@NullMarked
package io.weir.contracts.read;

import org.jspecify.annotations.NullMarked;
