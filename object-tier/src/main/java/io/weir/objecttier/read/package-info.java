/**
 * Reading segments: caches of indexes and blocks that load each thing once, a budget that keeps catch-up reads from
 * starving anybody, and the search from a shard's view down to a batch.
 */
@NullMarked
package io.weir.objecttier.read;

import org.jspecify.annotations.NullMarked;
