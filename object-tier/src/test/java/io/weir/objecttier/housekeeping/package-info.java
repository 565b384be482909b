/** Housekeeping against a simulated shard, with faults and crashes at every step. */
@NullMarked
package io.weir.objecttier.housekeeping;

import org.jspecify.annotations.NullMarked;
