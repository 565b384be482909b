package io.weir.contracts.table;

/** What became of a command about tables. */
public sealed interface TableResult<T> {
    /** The change is made, durable, and in this process's image. */
    record Accepted<T>(T value) implements TableResult<T> {}

    /** Nothing was changed. */
    record Rejected<T>(Rejection reason, String message) implements TableResult<T> {}

    /** Why a command is refused. */
    enum Rejection {
        NAMESPACE_EXISTS,
        UNKNOWN_NAMESPACE,
        NAMESPACE_NOT_EMPTY,
        TABLE_EXISTS,
        UNKNOWN_TABLE,
        UNKNOWN_TOPIC,
        /** Another commit was faster: load the table again. */
        CHANGED,
        /** Another owner feeds the topic: stop. */
        STALE_OWNER,
        /** The commit does not begin where the watermark is: load it again. */
        NOT_AT_WATERMARK,
        LIMIT_REACHED,
        INVALID_REQUEST
    }
}
