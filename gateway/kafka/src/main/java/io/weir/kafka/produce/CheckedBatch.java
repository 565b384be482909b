package io.weir.kafka.produce;

import io.weir.contracts.batch.RecordBatch;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/** How far a produced batch has come. */
sealed interface CheckedBatch {
    /** It may be appended. */
    record Ready(RecordBatch batch, long logAppendTimeMs) implements CheckedBatch {}

    /** Its header is fine; what is inside must be decompressed or re-encoded, which is no work for an event loop. */
    record Unopened(RecordBatch batch) implements CheckedBatch {}

    /**
     * It may not.
     *
     * @param bad records that are the reason, where single ones are; not all of them when there are many
     */
    record Refused(Errors error, String message, List<SchemaCheck.BadRecord> bad) implements CheckedBatch {
        public Refused {
            bad = List.copyOf(bad);
        }

        Refused(Errors error, String message) {
            this(error, message, List.of());
        }
    }
}
