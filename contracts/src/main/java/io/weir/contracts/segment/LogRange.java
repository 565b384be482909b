package io.weir.contracts.segment;

/**
 * Which entries of a shard's Raft log an object was made from.
 *
 * @param from the first log index, inclusive
 * @param upTo the last log index, inclusive
 */
public record LogRange(long from, long upTo) {
    public LogRange {
        if (from < 0 || upTo < from) {
            throw new IllegalArgumentException("Illegal log range " + from + ".." + upTo);
        }
    }
}
