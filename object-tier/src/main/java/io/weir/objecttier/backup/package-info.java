/**
 * Copies of the Raft groups' states in the object store, from which a cluster is rebuilt whose disks are lost: made now
 * and then by each group's leader, read again by a restore, which also finds the segments that were flushed since, and
 * writes down what it began with.
 */
@NullMarked
package io.weir.objecttier.backup;

import org.jspecify.annotations.NullMarked;
