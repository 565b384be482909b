package io.weir.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.usage.IngressUsage;
import io.weir.testsupport.consensus.SimulatedCluster;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three processes that hold one shard. */
class SeveralNodesTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final ShardId SHARD = new ShardId(0);
    private static final NodeId ONE = new NodeId(1);
    private static final NodeId TWO = new NodeId(2);
    private static final NodeId THREE = new NodeId(3);

    private final SimulatedCluster cluster = new SimulatedCluster();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final CollectingWriter writer = new CollectingWriter();
    private final Topic topic = metadata.create("orders", 3);
    private final StreamLocation stream = topic.location(0).orElseThrow();
    private final WalConfig config = WalConfig.standard()
            .withFlush(64 << 10, Duration.ofMinutes(1), Duration.ofMinutes(1))
            .withWaits(Duration.ofSeconds(5), Duration.ofMinutes(1));
    private final WalService one = open(ONE);
    private final WalService two = open(TWO);
    private final WalService three = open(THREE);

    private WalService open(NodeId node) {
        return new WalService(config, cluster.node(node), metadata, writer, new SimpleMeterRegistry());
    }

    @BeforeEach
    void elect() {
        cluster.lead(ONE);
    }

    @AfterEach
    void close() {
        List.of(one, two, three).forEach(WalService::close);
        cluster.close();
    }

    @Test
    void everyNodeTakesAppendsAndKnowsWhoLeads() {
        assertThat(append(one, Batches.plain(1, 10, 1))).isEqualTo(committed(0));
        assertThat(append(two, Batches.plain(1, 10, 2))).isEqualTo(committed(1));
        assertThat(append(three, Batches.plain(1, 10, 3))).isEqualTo(committed(2));

        for (WalService wal : List.of(one, two, three)) {
            assertThat(wal.isReady()).isTrue();
            assertThat(wal.failure()).isEmpty();
            assertThat(wal.leaderOf(SHARD)).contains(ONE);
            assertThat(wal.leaderOf(new ShardId(1))).isEmpty();
            assertThat(wal.confirmedBounds(stream).join()).contains(new StreamBounds(0, 3, 3));
            assertThat(marks(wal)).containsExactly(1L, 2L, 3L);
        }
        assertThat(List.of(two.stateHash(0), three.stateHash(0))).containsOnly(one.stateHash(0));
    }

    @Test
    void aShardThatIsAddedIsOpenedOnEveryNodeAndTakesNewStreams() {
        append(one, Batches.plain(1, 10, 1));
        metadata.shards(2);
        StreamLocation added = metadata.create("later", 1).location(0).orElseThrow();
        assertThat(added.shard()).isEqualTo(new ShardId(1));
        for (WalService wal : List.of(one, two, three)) {
            Await.until("it is open", LIMIT, () -> wal.shardSegments().size() == 2 && wal.isReady());
        }

        assertThat(get(two.append(added, Batches.plain(1, 10, 2)))).isEqualTo(committed(0));

        assertThat(three.confirmedBounds(added).join()).contains(new StreamBounds(0, 1, 1));
        assertThat(one.leaderOf(added.shard())).contains(ONE);
        assertThat(append(three, Batches.plain(1, 10, 3)))
                .as("the first goes on")
                .isEqualTo(committed(1));
        try (WalService again = open(new NodeId(4))) {
            assertThat(again.shardSegments()).as("a node that starts later").hasSize(2);
        }
    }

    @Test
    void whatIsWrittenOnANodeIsReadThereAtOnce() {
        append(three, Batches.plain(2, 10, 1));

        assertThat(three.bounds(stream)).contains(new StreamBounds(0, 2, 2));
        assertThat(marks(three)).containsExactly(1L);
        assertThat(three.trim(stream, 1).join()).contains(1L);
        assertThat(three.bounds(stream)).contains(new StreamBounds(1, 2, 2));
    }

    @Test
    void onlyTheLeaderFlushesAndTellsWhatWasWritten() {
        for (int i = 0; i < 40; i++) {
            append(i % 2 == 0 ? one : two, Batches.plain(1, 4_000, i));
        }

        Await.until(
                "followers see a flush",
                LIMIT,
                () -> two.shardSegments().getFirst().flushedUpTo() > 0);
        assertThat(writer.marks(stream.stream())).doesNotHaveDuplicates();
        assertThat(one.ingressUsage())
                .extracting(IngressUsage::tenant, IngressUsage::batches)
                .containsExactly(tuple(TenantId.DEFAULT, 40L));
        assertThat(two.ingressUsage()).isEmpty();
        assertThat(three.shardSegments().getFirst().term()).isEmpty();
    }

    @Test
    void onlyTheLeaderKeepsHouseAndInOneTermAtATime() {
        append(two, Batches.plain(1, 10, 1));

        assertThat(two.shardSegments().getFirst().term()).isEmpty();
        ShardSegments.Term over = term(one);
        cluster.lead(TWO);
        cluster.lead(ONE);
        for (CompletableFuture<?> change : List.of(
                over.announce(new CompactionIntent(7, List.of())),
                over.abort(7),
                over.trim(Map.of(stream.stream(), 1L)),
                over.forget(List.of(new ObjectKey("key"))))) {
            assertThat(ServiceException.of(failure(change)).code()).isEqualTo(FailureCode.NOT_LEADER);
        }

        assertThat(get(term(one).trim(Map.of(stream.stream(), 1L)))).isNull();
        assertThat(two.confirmedBounds(stream).join()).contains(new StreamBounds(1, 1, 1));
    }

    private static ShardSegments.Term term(WalService leader) {
        return leader.shardSegments().getFirst().term().orElseThrow();
    }

    @Test
    void aBatchThatIsSentAgainToAnotherNodeIsADuplicate() {
        RecordBatch batch = Batches.batch(5, (short) 0, 0, 2, 10, 1);

        assertThat(append(two, batch)).isEqualTo(committed(0));
        assertThat(append(three, batch)).isEqualTo(new AppendResult.Duplicate(0, 0));
    }

    /** Each batch comes to its stream once and in its writer's order, and no writer sees more than a pause. */
    @Test
    void aMovedLeaderWithWritersOnBothSidesLosesDoublesAndRefusesNothing() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<List<CompletableFuture<AppendResult>>>> writers = new ArrayList<>();
        for (WalService wal : List.of(one, two, three)) {
            int producer = writers.size();
            StreamLocation own = topic.location(producer).orElseThrow();
            writers.add(CompletableFuture.supplyAsync(() -> {
                List<CompletableFuture<AppendResult>> appends = new ArrayList<>();
                for (int i = 0; !over.get(); i++) {
                    appends.add(wal.append(own, Batches.batch(producer, (short) 0, i, 1, 100, i)));
                    if (i % 50 == 0) {
                        get(appends.getLast());
                    }
                }
                return appends;
            }));
        }

        for (int move = 0; move < 30; move++) {
            long before = two.bounds(stream).map(StreamBounds::end).orElse(0L);
            cluster.loseLeader();
            cluster.lead(List.of(TWO, THREE, ONE).get(move % 3));
            Await.until(
                    "appends go on",
                    LIMIT,
                    () -> two.bounds(stream).map(StreamBounds::end).orElse(0L) > before);
        }
        over.set(true);

        for (int producer = 0; producer < writers.size(); producer++) {
            List<CompletableFuture<AppendResult>> appends =
                    writers.get(producer).get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            for (int i = 0; i < appends.size(); i++) {
                assertThat(get(appends.get(i))).isEqualTo(committed(i));
            }
            StreamLocation own = topic.location(producer).orElseThrow();
            assertThat(one.confirmedBounds(own).join()).contains(new StreamBounds(0, appends.size(), appends.size()));
        }
        Await.until(
                "the replicas are equal",
                LIMIT,
                () -> one.stateHash(0) == two.stateHash(0) && two.stateHash(0) == three.stateHash(0));
    }

    @Test
    void aNodeThatLagsIsLateAndItsWatchersWakeWhenItHasCaughtUp() {
        append(one, Batches.plain(1, 10, 1));
        cluster.lag(THREE);
        append(one, Batches.plain(1, 10, 2));
        CompletableFuture<Void> grown = new CompletableFuture<>();
        three.watch(stream, 1, () -> grown.complete(null));
        CompletableFuture<?> confirmed = three.confirmedBounds(stream);
        CompletableFuture<AppendResult> own = three.append(stream, Batches.plain(1, 10, 3));

        assertThat(three.bounds(stream)).contains(new StreamBounds(0, 1, 1));
        assertThat(three.read(stream, 2, 1).join()).isEqualTo(new TailRead.OutOfRange(new StreamBounds(0, 1, 1)));
        assertThat(grown).isNotDone();
        assertThat(confirmed).isNotDone();
        cluster.catchUp(THREE);

        assertThat(grown).succeedsWithin(LIMIT);
        assertThat(confirmed).succeedsWithin(LIMIT);
        assertThat(get(own)).isEqualTo(committed(2));
        assertThat(marks(three)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void anAppendToAStreamThatThisNodeHasNotSeenOpenedWaitsUntilItHas() {
        cluster.lag(TWO);
        Topic late = metadata.create("late", 1);
        StreamLocation location = late.location(0).orElseThrow();
        assertThat(get(one.append(location, Batches.plain(1, 10, 1)))).isEqualTo(committed(0));
        CompletableFuture<AppendResult> append = two.append(location, Batches.plain(1, 10, 2));

        assertThat(append).isNotDone();
        cluster.catchUp(TWO);

        assertThat(get(append)).isEqualTo(committed(1));
    }

    @Test
    void aNodeThatIsCutOffServesWhatItHasAndConfirmsNothing() {
        append(one, Batches.plain(1, 10, 1));
        cluster.cutOff(TWO);
        append(one, Batches.plain(1, 10, 2));

        assertThat(marks(two)).containsExactly(1L);
        assertThat(ServiceException.of(failure(two.confirmedBounds(stream))).code())
                .isEqualTo(FailureCode.NOT_LEADER);
        cluster.reconnect(TWO);

        assertThat(marks(two)).containsExactly(1L, 2L);
    }

    @Test
    void aLeaderThatWasDeposedWhileCutOffWritesThroughTheNewOne() {
        append(one, Batches.plain(1, 10, 1));
        cluster.cutOff(ONE);
        CompletableFuture<AppendResult> held = one.append(stream, Batches.plain(1, 10, 3));
        cluster.lead(TWO);
        assertThat(append(three, Batches.plain(1, 10, 2))).isEqualTo(committed(1));
        assertThat(held).isNotDone();

        cluster.reconnect(ONE);

        assertThat(get(held)).isEqualTo(committed(2));
        assertThat(one.leaderOf(SHARD)).contains(TWO);
        assertThat(marks(one)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void whatIsHeldForALeaderIsRefusedWhenTheServiceCloses() {
        cluster.loseLeader();
        CompletableFuture<AppendResult> held = two.append(stream, Batches.plain(1, 10, 1));

        two.close();

        assertThat(get(held))
                .isInstanceOfSatisfying(
                        AppendResult.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusalReason.UNAVAILABLE));
    }

    private AppendResult append(WalService wal, RecordBatch batch) {
        return get(wal.append(stream, batch));
    }

    private static AppendResult committed(long offset) {
        return new AppendResult.Committed(offset, 0);
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static Throwable failure(CompletableFuture<?> future) {
        return future.handle((done, failure) -> failure)
                .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private List<Long> marks(WalService wal) {
        assertThat(get(wal.read(stream, 0, 1 << 20))).isInstanceOf(TailRead.Batches.class);
        return ((TailRead.Batches) get(wal.read(stream, 0, 1 << 20)))
                .batches().stream()
                        .map(batch -> Batches.mark(((StoredBatches.Raw) batch).batch()))
                        .toList();
    }
}
