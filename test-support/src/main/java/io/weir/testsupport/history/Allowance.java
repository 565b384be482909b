package io.weir.testsupport.history;

/**
 * What a topic, producer or consumer, by its settings, may do that would be an anomaly otherwise. Nothing is assumed:
 * who has no allowance is held to the strictest reading.
 */
public enum Allowance {
    /** The topic has offsets that no consumer sees: markers of transactions, and records of aborted ones. */
    MARKERS,
    /** The topic is compacted: any record may be gone. Keys are not recorded, so no lost record can be shown. */
    COMPACTED,
    /** The topic's start moves up: retention, or records that are deleted. */
    TRIMMED,
    /** The producer is not idempotent and tries again: a record may be there more than once. */
    REPEATS,
    /** The producer is not idempotent and has several requests in flight: its records may change places. */
    REORDERS,
    /** The consumer goes to the end where its group has no offset or its offset is trimmed. */
    FROM_LATEST
}
