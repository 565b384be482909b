/**
 * Bounds-checked reading and writing of the binary forms of commands, records and snapshots: big-endian, strings and
 * maps with counts, nothing that a damaged length could make large.
 */
@NullMarked
package io.weir.metadata.wire;

import org.jspecify.annotations.NullMarked;
