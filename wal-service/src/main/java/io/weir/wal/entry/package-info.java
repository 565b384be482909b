/**
 * The entry envelope: what a shard writes into its log, byte by byte as {@code docs/formats/entry-envelope.md} says.
 * The batches of an append stay the pieces they came in: encoding and decoding copy none of their bytes.
 */
@NullMarked
package io.weir.wal.entry;

import org.jspecify.annotations.NullMarked;
