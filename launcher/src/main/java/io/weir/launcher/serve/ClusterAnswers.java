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
import java.util.function.Function;

/** What is answered below {@code /cluster}: a message, or what became of a plan. */
final class ClusterAnswers {
    static final int OK = 200;
    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int CONFLICT = 409;

    private static final int UNAVAILABLE = 503;
    private static final Duration ANSWER_AT_MOST = Duration.ofSeconds(30);

    private ClusterAnswers() {}

    static HttpAnswer said(int status, String message) {
        return HttpAnswer.json(status, JsonText.of(Map.of("message", message)));
    }

    /** Waits until something is planned, as long as whoever asks may be expected to. */
    static <T> HttpAnswer planned(CompletableFuture<MetadataResult<T>> plan, Function<T, HttpAnswer> done) {
        try {
            return switch (plan.copy()
                    .orTimeout(ANSWER_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
                    .join()) {
                case MetadataResult.Accepted<T>(T accepted) -> done.apply(accepted);
                case MetadataResult.Rejected<T>(var _, String why) -> said(CONFLICT, why);
            };
        } catch (CompletionException failed) {
            ServiceException why = ServiceException.of(failed);
            return why.code() == FailureCode.NOT_LEADER
                    ? askAgain("Not planned: " + why.getMessage())
                    : said(UNAVAILABLE, "Not planned, or not known: " + why.getMessage());
        }
    }

    /** While a leader is elected: nothing came of it. */
    private static HttpAnswer askAgain(String message) {
        HttpAnswer said = said(UNAVAILABLE, message);
        return new HttpAnswer(said.status(), said.contentType(), Map.of("Retry-After", "1"), said.body());
    }
}
