package io.weir.metadata.command;

import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import io.weir.metadata.record.MetadataRecord;
import java.util.List;

/**
 * What a command comes to: the facts it adds, and the answer.
 *
 * @param records none when the command is rejected
 */
public record Decision<T>(List<MetadataRecord> records, MetadataResult<T> result) {
    public Decision {
        records = List.copyOf(records);
    }

    static <T> Decision<T> accept(T value, MetadataRecord... records) {
        return new Decision<>(List.of(records), new MetadataResult.Accepted<>(value));
    }

    static <T> Decision<T> reject(Rejection reason, String message) {
        return new Decision<>(List.of(), new MetadataResult.Rejected<>(reason, message));
    }
}
