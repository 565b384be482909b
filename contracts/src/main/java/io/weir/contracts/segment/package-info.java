/**
 * Immutable objects that hold flushed batches: how a shard refers to them, and the ports between the shard that owns
 * them and the object tier that writes, reads, compacts and deletes them.
 */
@NullMarked
package io.weir.contracts.segment;

import org.jspecify.annotations.NullMarked;
