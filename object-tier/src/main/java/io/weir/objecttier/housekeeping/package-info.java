/**
 * What a shard's leader does with its segments in the background: trims what is too old, lets go of what nobody needs,
 * merges what is scattered, and deletes objects that nothing refers to. Every change is announced first and then made
 * by one compare-and-set in the shard's log.
 */
@NullMarked
package io.weir.objecttier.housekeeping;

import org.jspecify.annotations.NullMarked;
