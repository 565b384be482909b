package io.weir.kafka.protocol;

import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;

/** The tables from Weir's failures to Kafka's errors: exhaustive, so that a new failure breaks the build here. */
public final class ErrorTable {
    private ErrorTable() {}

    public static Errors of(FailureCode code) {
        return switch (code) {
            case NOT_LEADER -> Errors.NOT_LEADER_OR_FOLLOWER;
            case TIMED_OUT -> Errors.REQUEST_TIMED_OUT;
            case OVERLOADED, OBJECT_MISSING, OBJECT_STORE_UNAVAILABLE, STORAGE_FULL, STALE_IMAGE, SHUTTING_DOWN ->
                // Clients of every age retry this one on any partition API, after a refresh of their metadata.
                Errors.NOT_LEADER_OR_FOLLOWER;
            case FENCED -> Errors.FENCED_LEADER_EPOCH;
            case CORRUPT -> Errors.KAFKA_STORAGE_ERROR;
            case INTERNAL -> Errors.UNKNOWN_SERVER_ERROR;
        };
    }

    /** For requests that name no partition: group, topic and configuration APIs. */
    public static Errors forAdmin(FailureCode code) {
        return switch (code) {
            case NOT_LEADER -> Errors.NOT_CONTROLLER;
            case TIMED_OUT, OVERLOADED, OBJECT_MISSING, OBJECT_STORE_UNAVAILABLE, STORAGE_FULL, STALE_IMAGE ->
                Errors.REQUEST_TIMED_OUT;
            case SHUTTING_DOWN -> Errors.NOT_CONTROLLER;
            case FENCED -> Errors.INVALID_REQUEST;
            case CORRUPT -> Errors.KAFKA_STORAGE_ERROR;
            case INTERNAL -> Errors.UNKNOWN_SERVER_ERROR;
        };
    }

    public static Errors of(RefusalReason reason) {
        return switch (reason) {
            case UNKNOWN_STREAM -> Errors.UNKNOWN_TOPIC_OR_PARTITION;
            case OUT_OF_ORDER_SEQUENCE -> Errors.OUT_OF_ORDER_SEQUENCE_NUMBER;
            case PRODUCER_FENCED -> Errors.INVALID_PRODUCER_EPOCH;
            case UNKNOWN_PRODUCER -> Errors.UNKNOWN_PRODUCER_ID;
            case INVALID_BATCH -> Errors.INVALID_RECORD;
            case PREDECESSOR_FAILED, OVERLOADED, STORAGE_FULL, UNAVAILABLE -> Errors.NOT_LEADER_OR_FOLLOWER;
        };
    }

    public static Errors of(Rejection reason) {
        return switch (reason) {
            case TOPIC_EXISTS -> Errors.TOPIC_ALREADY_EXISTS;
            case UNKNOWN_TOPIC -> Errors.UNKNOWN_TOPIC_OR_PARTITION;
            case INVALID_NAME -> Errors.INVALID_TOPIC_EXCEPTION;
            case INVALID_PARTITIONS -> Errors.INVALID_PARTITIONS;
            case INVALID_CONFIG -> Errors.INVALID_CONFIG;
            case INVALID_REQUEST -> Errors.INVALID_REQUEST;
            case LIMIT_REACHED -> Errors.POLICY_VIOLATION;
        };
    }

    /** The error of whatever a future failed with; a bug is {@link Errors#UNKNOWN_SERVER_ERROR}. */
    public static Errors of(Throwable failure) {
        Throwable cause = cause(failure);
        return switch (cause) {
            case ServiceException service -> of(service.code());
            case ApiException api -> Errors.forException(api);
            // As much waits for a thread as may, or the gateway closes: retriable on any partition API.
            case RejectedExecutionException _ -> Errors.NOT_LEADER_OR_FOLLOWER;
            default -> Errors.UNKNOWN_SERVER_ERROR;
        };
    }

    /**
     * As {@link #of(Throwable)}, for Fetch: nothing is in doubt when a read has timed out, and Java's consumer fails
     * for good on REQUEST_TIMED_OUT there.
     */
    public static Errors forFetch(Throwable failure) {
        Errors error = of(failure);
        return error == Errors.REQUEST_TIMED_OUT ? Errors.NOT_LEADER_OR_FOLLOWER : error;
    }

    /** As {@link #of(Throwable)}, for what a group's coordinator is asked: clients look for the coordinator again. */
    public static Errors forGroup(Throwable failure) {
        return switch (cause(failure)) {
            case ServiceException service when service.code().retriable() -> Errors.NOT_COORDINATOR;
            case RejectedExecutionException _ -> Errors.NOT_COORDINATOR;
            default -> of(failure);
        };
    }

    /** As {@link #of(Throwable)}, for requests that name no partition. */
    public static Errors forAdmin(Throwable failure) {
        return cause(failure) instanceof ServiceException service ? forAdmin(service.code()) : of(failure);
    }

    /** What a future failed with, without its wrappings. */
    public static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
