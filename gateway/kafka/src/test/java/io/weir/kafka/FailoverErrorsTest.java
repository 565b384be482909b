package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.kafka.protocol.ErrorTable;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a failover causes is answered with errors that clients try again by themselves. */
class FailoverErrorsTest {
    /** Java's consumer fails for good on any other error of a fetched partition. */
    private static final Set<Errors> KNOWN_TO_FETCH = EnumSet.of(
            Errors.NOT_LEADER_OR_FOLLOWER,
            Errors.KAFKA_STORAGE_ERROR,
            Errors.FENCED_LEADER_EPOCH,
            Errors.UNKNOWN_SERVER_ERROR);

    @ParameterizedTest
    @EnumSource
    void whatWeirCallsRetriableClientsTryAgain(FailureCode code) {
        if (code.retriable()) {
            assertThat(ErrorTable.of(code).exception()).isInstanceOf(RetriableException.class);
            assertThat(ErrorTable.forAdmin(code).exception()).isInstanceOf(RetriableException.class);
            assertThat(ErrorTable.forGroup(failed(code))).isEqualTo(Errors.NOT_COORDINATOR);
        }
        assertThat(ErrorTable.forFetch(failed(code))).isIn(KNOWN_TO_FETCH);
    }

    @ParameterizedTest
    @EnumSource
    void aRefusedAppendIsTriedAgainWhenItMay(RefusalReason reason) {
        if (reason.retriable()) {
            assertThat(ErrorTable.of(reason).exception()).isInstanceOf(RetriableException.class);
        }
    }

    @Test
    void aReadThatTimedOutIsTriedAgainThoughAnAppendThatDidIsInDoubt() {
        assertThat(ErrorTable.of(failed(FailureCode.TIMED_OUT))).isEqualTo(Errors.REQUEST_TIMED_OUT);
        assertThat(ErrorTable.forFetch(failed(FailureCode.TIMED_OUT))).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void aGroupThatCannotBeAskedHasItsCoordinatorElsewhere() {
        assertThat(ErrorTable.forGroup(new RejectedExecutionException())).isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(ErrorTable.forGroup(Errors.UNKNOWN_MEMBER_ID.exception())).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(ErrorTable.forGroup(failed(FailureCode.INTERNAL))).isEqualTo(Errors.UNKNOWN_SERVER_ERROR);
    }

    private static Throwable failed(FailureCode code) {
        return new CompletionException(new ServiceException(code, "asked for by the test"));
    }
}
