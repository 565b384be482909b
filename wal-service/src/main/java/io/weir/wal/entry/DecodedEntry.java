package io.weir.wal.entry;

/** What {@link EntryCodec#decode} found. */
public sealed interface DecodedEntry {
    /**
     * A well-formed entry.
     *
     * @param timeMs the proposer's clock, milliseconds since 1970
     */
    record Entry(long timeMs, Command command) implements DecodedEntry {}

    /** Bytes that break the format: refused, on every replica alike. */
    record Malformed(String reason) implements DecodedEntry {}

    /** Written by a newer version of the software: a replica that cannot read it must stop. */
    record Unsupported(String reason) implements DecodedEntry {}
}
