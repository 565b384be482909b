package io.weir.kafka.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.kafka.fetch.FetchSessions.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchRequest;
import org.junit.jupiter.api.Test;

class FetchSessionsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final FetchSessions sessions = new FetchSessions(2, 10, nanos::get, new SimpleMeterRegistry());

    private static FetchRequest request(int session, int epoch, int... partitions) {
        return new FetchRequest(data(session, epoch, partitions), (short) 12);
    }

    private static FetchRequestData data(int session, int epoch, int... partitions) {
        List<FetchPartition> wanted = new ArrayList<>();
        for (int partition : partitions) {
            wanted.add(new FetchPartition().setPartition(partition).setPartitionMaxBytes(100));
        }
        return new FetchRequestData()
                .setSessionId(session)
                .setSessionEpoch(epoch)
                .setTopics(List.of(new FetchTopic().setTopic("t").setPartitions(wanted)));
    }

    private FetchSession first(int... partitions) {
        return ((Context.First) sessions.open(request(0, 0, partitions))).session();
    }

    @Test
    void remembersPartitionsAndTakesChangesIn() {
        FetchSession session = first(0, 1);
        Context next = sessions.open(request(session.id(), 1, 2));
        assertThat(next).isInstanceOf(Context.Next.class);
        FetchRequestData forgetting = data(session.id(), 2);
        forgetting.setForgottenTopicsData(
                List.of(new ForgottenTopic().setTopic("t").setPartitions(List.of(0, 1))));
        Context.Next last = (Context.Next) sessions.open(new FetchRequest(forgetting, (short) 12));
        assertThat(last.partitions()).hasSize(1);
    }

    @Test
    void refusesAnEpochOutOfTurnAndAnUnknownSession() {
        FetchSession session = first(0);
        assertThat(sessions.open(request(session.id(), 2)))
                .isEqualTo(new Context.Wrong(Errors.INVALID_FETCH_SESSION_EPOCH));
        assertThat(sessions.open(request(session.id() ^ 1, 1)))
                .isEqualTo(new Context.Wrong(Errors.FETCH_SESSION_ID_NOT_FOUND));
        FetchRequest byId = new FetchRequest(data(session.id(), 1), (short) 13);
        assertThat(sessions.open(byId)).isEqualTo(new Context.Wrong(Errors.FETCH_SESSION_TOPIC_ID_ERROR));
    }

    @Test
    void endsASessionWithTheFinalEpoch() {
        FetchSession session = first(0);
        assertThat(sessions.open(request(session.id(), -1, 0))).isInstanceOf(Context.Alone.class);
        assertThat(sessions.count()).isZero();
    }

    @Test
    void oneMoreThanThereMayBeFetchesWithoutASessionUntilOneIsOld() {
        first(0);
        first(1);
        assertThat(sessions.open(request(0, 0, 2))).isInstanceOf(Context.Alone.class);
        nanos.addAndGet(Duration.ofMinutes(3).toNanos());
        assertThat(sessions.open(request(0, 0, 2))).isInstanceOf(Context.First.class);
        assertThat(sessions.count()).isEqualTo(2);
    }

    @Test
    void onePartitionMoreThanAllSessionsMayHoldFetchesWithoutOne() {
        assertThat(sessions.open(request(0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)))
                .isInstanceOf(Context.Alone.class);
    }

    @Test
    void countsWhatSessionsGainAndLose() {
        // Given
        FetchSession one = first(0, 1, 2, 3, 4);
        FetchSession two = first(0, 1, 2, 3, 4);

        // When
        assertThat(sessions.open(request(two.id(), 1, 4))).isInstanceOf(Context.Next.class);
        assertThat(sessions.open(request(two.id(), 2, 5)))
                .isEqualTo(new Context.Wrong(Errors.FETCH_SESSION_ID_NOT_FOUND));

        // Then
        assertThat(sessions.count()).isEqualTo(1);
        assertThat(sessions.open(request(one.id(), 1, 5, 6, 7, 8, 9))).isInstanceOf(Context.Next.class);
        assertThat(sessions.open(request(0, 0, 0))).isInstanceOf(Context.Alone.class);
        sessions.open(request(one.id(), -1));
        assertThat(sessions.open(request(0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9))).isInstanceOf(Context.First.class);
    }

    @Test
    void tellsOnlyNews() {
        // Given
        FetchSession session = first(0);
        Context.Next next = (Context.Next) sessions.open(request(session.id(), 1));
        Found same = new Found(next.partitions().getFirst(), new PartitionData().setHighWatermark(5), false);

        // When, then
        assertThat(session.news(List.of(same), false)).hasSize(1);
        assertThat(session.news(List.of(same), false)).isEmpty();
        assertThat(session.news(
                        List.of(new Found(
                                next.partitions().getFirst(), new PartitionData().setHighWatermark(6), false)),
                        false))
                .hasSize(1);
    }

    @Test
    void whatWasReadAndHadNothingGoesToTheEndAndWhatWasPassedOverDoesNot() {
        // Given
        FetchSession session = first(0, 1, 2);
        Context.Next next = (Context.Next) sessions.open(request(session.id(), 1));

        // When
        List<Found> found = new ArrayList<>();
        for (WantedPartition wanted : next.partitions()) {
            found.add(new Found(wanted, new PartitionData(), wanted.key().partition() == 0));
        }
        session.news(found, false);

        // Then
        Context.Next last = (Context.Next) sessions.open(request(session.id(), 2));
        assertThat(last.partitions())
                .extracting(wanted -> wanted.key().partition())
                .containsExactly(1, 2, 0);
    }
}
