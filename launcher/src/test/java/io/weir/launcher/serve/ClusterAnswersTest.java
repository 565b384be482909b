package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.http.HttpAnswer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ClusterAnswersTest {
    private static HttpAnswer failed(FailureCode how) {
        return ClusterAnswers.planned(
                CompletableFuture.failedFuture(new ServiceException(how, "Not now")),
                done -> ClusterAnswers.said(ClusterAnswers.OK, "Done"));
    }

    @Test
    void whatWasRefusedWhileALeaderIsElectedMayBeAskedForAgain() {
        assertThat(failed(FailureCode.NOT_LEADER).status()).isEqualTo(503);
        assertThat(failed(FailureCode.NOT_LEADER).headers()).containsKey("Retry-After");
    }

    @Test
    void whatMayHaveBeenPlannedMayNot() {
        assertThat(failed(FailureCode.TIMED_OUT).status()).isEqualTo(503);
        assertThat(failed(FailureCode.TIMED_OUT).headers()).isEmpty();
    }
}
