package io.weir.metadata.record;

import io.weir.contracts.metadata.StreamMove;

/** One fact about moves of streams between shards. */
public sealed interface MoveRecord {
    /** The move is planned, or as far as this. */
    record MoveWritten(StreamMove move) implements MoveRecord {}

    /** The move is over. */
    record MoveEnded(long move) implements MoveRecord {}
}
