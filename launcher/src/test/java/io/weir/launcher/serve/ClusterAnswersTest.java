package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.metadata.MetadataResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ClusterAnswersTest {
    private final AtomicInteger asked = new AtomicInteger();

    /** What fails at first, in the same way. */
    private CompletableFuture<MetadataResult<String>> failing(int times, FailureCode how) {
        return asked.incrementAndGet() <= times
                ? CompletableFuture.failedFuture(new ServiceException(how, "Not now"))
                : CompletableFuture.completedFuture(new MetadataResult.Accepted<>("planned"));
    }

    private HttpAnswer answer(int times, FailureCode how) {
        return ClusterAnswers.planned(() -> failing(times, how), done -> ClusterAnswers.said(ClusterAnswers.OK, done));
    }

    @Test
    void whatIsRefusedWhileALeaderIsElectedIsAskedForAgain() {
        assertThat(answer(3, FailureCode.NOT_LEADER).status()).isEqualTo(200);
        assertThat(asked).hasValue(4);
    }

    @Test
    void whatMayHaveBeenPlannedIsNot() {
        assertThat(answer(1, FailureCode.TIMED_OUT).status()).isEqualTo(503);
        assertThat(asked).hasValue(1);
    }
}
