/**
 * Cheap, durable storage of flushed batches: {@link io.weir.objecttier.ObjectTier} writes, reads, compacts, retains and
 * deletes segments in an object store.
 */
@NullMarked
package io.weir.objecttier;

import org.jspecify.annotations.NullMarked;
