package io.weir.kafka.offsets;

import org.apache.kafka.common.requests.ListOffsetsRequest;

/** What a timestamp of ListOffsets stands for: a time, or one of several special places. */
sealed interface OffsetQuery {
    short LARGEST_SINCE = 7;
    short EARLIEST_LOCAL_SINCE = 8;
    short LATEST_TIERED_SINCE = 9;
    short EARLIEST_PENDING_SINCE = 11;

    /** The first record of this time or later. */
    record AtLeast(long timestampMs) implements OffsetQuery {}

    enum Start implements OffsetQuery {
        START
    }

    enum End implements OffsetQuery {
        END
    }

    /** The record with the largest timestamp. */
    enum Largest implements OffsetQuery {
        LARGEST
    }

    /** A place Weir has not: where Kafka's own tiered storage begins or ends. */
    enum Nowhere implements OffsetQuery {
        NOWHERE
    }

    enum Unsupported implements OffsetQuery {
        UNSUPPORTED
    }

    static OffsetQuery of(long timestamp, short version) {
        if (timestamp >= 0) {
            return new AtLeast(timestamp);
        }
        return switch ((int) Math.max(timestamp, Integer.MIN_VALUE)) {
            case (int) ListOffsetsRequest.LATEST_TIMESTAMP -> End.END;
            case (int) ListOffsetsRequest.EARLIEST_TIMESTAMP -> Start.START;
            case (int) ListOffsetsRequest.MAX_TIMESTAMP -> since(LARGEST_SINCE, version, Largest.LARGEST);
            case (int) ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP -> since(EARLIEST_LOCAL_SINCE, version, Start.START);
            case (int) ListOffsetsRequest.LATEST_TIERED_TIMESTAMP ->
                since(LATEST_TIERED_SINCE, version, Nowhere.NOWHERE);
            case -6 -> since(EARLIEST_PENDING_SINCE, version, Nowhere.NOWHERE);
            default -> Unsupported.UNSUPPORTED;
        };
    }

    private static OffsetQuery since(short first, short version, OffsetQuery query) {
        return version >= first ? query : Unsupported.UNSUPPORTED;
    }

    /**
     * What was found.
     *
     * @param timestampMs -1 when the place was asked for, not a time
     * @param offset -1 when there is no such record
     */
    record Found(long timestampMs, long offset, int leaderEpoch) {
        static final Found NOTHING = new Found(-1, -1, -1);
    }
}
