package io.weir.launcher.serve;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.launcher.json.JsonText;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/** What is answered below {@code /cluster}: a message, or what became of a plan. */
final class ClusterAnswers {
    static final int OK = 200;
    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int CONFLICT = 409;

    private static final int UNAVAILABLE = 503;
    private static final Duration ANSWER_AT_MOST = Duration.ofSeconds(30);
    /** For one to be elected, as appends wait. */
    private static final Duration LEADER_AT_MOST = Duration.ofSeconds(10);

    private static final Duration ASK_AGAIN_AFTER = Duration.ofMillis(100);

    private ClusterAnswers() {}

    static HttpAnswer said(int status, String message) {
        return HttpAnswer.json(status, JsonText.of(Map.of("message", message)));
    }

    /**
     * Waits until something is planned, as long as whoever asks may be expected to. While a leader is elected it is
     * asked for again, since nothing came of it; not where that is not known.
     */
    static <T> HttpAnswer planned(Supplier<CompletableFuture<MetadataResult<T>>> plan, Function<T, HttpAnswer> done) {
        long since = System.nanoTime();
        while (true) {
            try {
                return switch (plan.get()
                        .copy()
                        .orTimeout(ANSWER_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
                        .join()) {
                    case MetadataResult.Accepted<T>(T accepted) -> done.apply(accepted);
                    case MetadataResult.Rejected<T>(var _, String why) -> said(CONFLICT, why);
                };
            } catch (CompletionException failed) {
                ServiceException why = ServiceException.of(failed);
                if (why.code() != FailureCode.NOT_LEADER
                        || System.nanoTime() - since > LEADER_AT_MOST.toNanos()
                        || Thread.currentThread().isInterrupted()) {
                    return said(UNAVAILABLE, "Not planned, or not known: " + why.getMessage());
                }
                LockSupport.parkNanos(ASK_AGAIN_AFTER.toNanos());
            }
        }
    }
}
