/**
 * The write-ahead log: shards that order appends, make them durable, serve them until they are in segments, and hand
 * them over to the object tier.
 */
@NullMarked
package io.weir.wal;

import org.jspecify.annotations.NullMarked;
