package io.weir.contracts.metadata;

/** What became of a command. */
public sealed interface MetadataResult<T> {
    /** The change is made, durable, and in this process's image. */
    record Accepted<T>(T value) implements MetadataResult<T> {}

    /** The command was refused; nothing was changed. */
    record Rejected<T>(Rejection reason, String message) implements MetadataResult<T> {}

    /** Why a command is refused. */
    enum Rejection {
        TOPIC_EXISTS,
        UNKNOWN_TOPIC,
        INVALID_NAME,
        INVALID_PARTITIONS,
        INVALID_CONFIG,
        INVALID_REQUEST,
        LIMIT_REACHED
    }
}
