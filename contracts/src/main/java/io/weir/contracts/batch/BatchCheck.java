package io.weir.contracts.batch;

/** What {@link RecordBatch#check} found. */
public sealed interface BatchCheck {
    /** The bytes are one whole batch; its records have not been looked at. */
    record Valid(RecordBatch batch) implements BatchCheck {}

    /** The bytes are not what their producer meant to send. */
    record Corrupt(String reason) implements BatchCheck {}

    /** The batch is over the topic's limit, or over what any topic may admit. */
    record TooLarge(int sizeBytes, int limitBytes) implements BatchCheck {}

    /** Message formats before version 2 are not stored. */
    record UnsupportedVersion(byte magic) implements BatchCheck {}
}
