package io.weir.metadata;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.cell.CellAppend;
import io.weir.contracts.cell.CellAppend.Appended;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.cursor.CursorCodec;
import io.weir.metadata.cursor.CursorCommand;
import io.weir.metadata.cursor.CursorLimits;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetadataServiceTest {
    private static final TenantId TENANT = TenantId.DEFAULT;
    private static final NodeId SELF = new NodeId(0);
    private static final CellId CELL = new CellId(42);
    private static final ClusterNode NODE = new ClusterNode(SELF, "127.0.0.1", 9092);

    private final SimulatedConsensus consensus = SimulatedConsensus.automatic();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private MetadataService service = start(1 << 20);

    @AfterEach
    void stop() {
        service.close();
        consensus.close();
    }

    private MetadataService start(long snapshotBytes) {
        return start(snapshotBytes, Duration.ofMillis(200));
    }

    private MetadataService start(long snapshotBytes, Duration lease) {
        MetadataConfig config =
                new MetadataConfig(SELF, 2, lease, snapshotBytes, 100_000, 1_000_000, 100, 20_000, 32 << 20);
        MetadataService started = new MetadataService(config, consensus, meters);
        await(() -> started.ready().isDone());
        return started;
    }

    @Test
    void leavesNoGroupOpenWhenTheOtherCannotBe() {
        // Given
        service.close();
        var taken = consensus.open("cursors", new JournalState());
        assertThatThrownBy(() -> start(1 << 20)).hasMessageContaining("cursors is open already");

        // When
        taken.close();
        service = start(1 << 20);

        // Then
        assertThat(service.image().shardCount()).isEqualTo(2);
    }

    @Test
    void createsTheClusterOnce() {
        String id = service.image().clusterId();
        assertThat(id).hasSize(22).doesNotStartWith("-");
        assertThat(service.image().shardCount()).isEqualTo(2);
        assertThat(service.age()).isZero();

        service.close();
        service = start(1 << 20);
        assertThat(service.image().clusterId()).isEqualTo(id);
    }

    @Test
    void showsAChangeOnceItsFutureIsComplete() {
        Topic topic = accepted(service.createTopic(TENANT, "orders", 3, Map.of()));
        assertThat(service.image().topic(topic.id())).contains(topic);
        assertThat(meters.get("weir.metadata.topics").gauge().value()).isEqualTo(1);
        assertThat(meters.get("weir.metadata.partitions").gauge().value()).isEqualTo(3);

        accepted(service.addPartitions(TENANT, "orders", 5, true));
        assertThat(service.image().topic(topic.id())).contains(topic);
        Topic grown = accepted(service.addPartitions(TENANT, "orders", 5, false));
        assertThat(service.image().topic(topic.id())).contains(grown);

        accepted(service.configureTopic(TENANT, "orders", Map.of("retention.ms", "9"), false, true));
        assertThat(service.image().topic(topic.id())).contains(grown);
        Topic configured =
                accepted(service.configureTopic(TENANT, "orders", Map.of("retention.ms", "9"), false, false));
        assertThat(configured.config().retentionMs()).isEqualTo(9);

        service.close();
        service = start(1 << 20);
        assertThat(service.image().topic(TENANT, "orders")).contains(configured);
        accepted(service.deleteTopic(TENANT, topic.id()));
        assertThat(service.image().topics(TENANT)).isEmpty();
    }

    @Test
    void validatesWithoutAChange() {
        long version = service.image().version();
        accepted(service.validateTopic(TENANT, "t", 3, Map.of()));
        assertThat(service.validateTopic(TENANT, "t", 0, Map.of()).join()).isInstanceOf(MetadataResult.Rejected.class);
        assertThat(service.createTopic(TENANT, "/", 1, Map.of()).join()).isInstanceOf(MetadataResult.Rejected.class);
        assertThat(service.image().version()).isEqualTo(version);
    }

    @Test
    void givesOutProducerIdsOnceAcrossRestarts() {
        long first = accepted(service.allocateProducerIds(1000));
        service.close();
        service = start(1 << 20);
        assertThat(accepted(service.allocateProducerIds(1))).isEqualTo(first + 1000);
    }

    @Test
    void bringsImagesInOrderAndEveryTopicAtFirst() {
        Topic early = accepted(service.createTopic(TENANT, "early", 1, Map.of()));
        List<MetadataImage> images = new CopyOnWriteArrayList<>();
        Set<TopicId> known = new HashSet<>();
        var subscription = service.subscribe((image, changed, deleted) -> {
            synchronized (known) {
                known.removeAll(deleted);
                known.addAll(changed);
                images.add(image);
            }
        });
        await(() -> !images.isEmpty());
        List<TopicId> expected = new ArrayList<>(List.of(early.id()));
        for (int i = 0; i < 200; i++) {
            Topic topic = accepted(service.createTopic(TENANT, "t" + i, 1, Map.of()));
            if (i % 2 == 0) {
                accepted(service.deleteTopic(TENANT, topic.id()));
            } else {
                expected.add(topic.id());
            }
        }
        long version = service.image().version();
        await(() -> images.getLast().version() == version);
        synchronized (known) {
            assertThat(known).containsExactlyInAnyOrderElementsOf(expected);
        }
        assertThat(images).extracting(MetadataImage::version).isSorted().doesNotHaveDuplicates();

        subscription.close();
        accepted(service.createTopic(TENANT, "late", 1, Map.of()));
        List<Long> seen = new CopyOnWriteArrayList<>();
        service.subscribe((image, changed, deleted) -> seen.add(image.version()));
        await(() -> !seen.isEmpty());
        assertThat(images.getLast().version()).isEqualTo(version);
    }

    @Test
    void addsChangesUpForASlowListener() throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        service.subscribe((image, changed, deleted) -> {
            sizes.add(changed.size() + deleted.size());
            awaitQuietly(go);
        });
        await(() -> !sizes.isEmpty());
        for (int i = 0; i < 50; i++) {
            Topic topic = accepted(service.createTopic(TENANT, "t" + i, 1, Map.of()));
            if (i > 0) {
                accepted(service.deleteTopic(TENANT, topic.id()));
            }
        }
        go.countDown();
        await(() -> sizes.size() == 2);
        assertThat(sizes.getLast())
                .as("what came and went in between is not told")
                .isEqualTo(1);
    }

    @Test
    void cellsSurviveARestartAndFenceTheOwnerBefore() {
        accepted(service.registerNode(NODE));
        Epoch first = service.acquire(CELL, SELF).join().orElseThrow();
        assertThat(service.append(CELL, first, 0, List.of(write("a", "1"), write("b", "1")))
                        .join())
                .isEqualTo(new Appended(2));
        CompletableFuture<CellAppend> one = service.append(CELL, first, 2, List.of(write("a", "2")));
        CompletableFuture<CellAppend> two = service.append(CELL, first, 3, List.of(write("c", "1")));
        assertThat(one.join()).isEqualTo(new Appended(3));
        assertThat(two.join()).isEqualTo(new Appended(4));

        service.close();
        service = start(1 << 20);
        accepted(service.registerNode(NODE));
        Epoch second = service.acquire(CELL, SELF).join().orElseThrow();

        assertThat(second.value()).isGreaterThan(first.value());
        assertThat(service.append(CELL, first, 4, List.of(write("zombie", "1"))).join())
                .isEqualTo(new CellAppend.Fenced());
        assertThat(failureOf(service.load(CELL, first))).isEqualTo(FailureCode.FENCED);
        var contents = service.load(CELL, second).join();
        assertThat(contents.nextPosition()).isEqualTo(4);
        assertThat(contents.records()).containsExactly(write("b", "1"), write("a", "2"), write("c", "1"));
        assertThat(service.append(CELL, second, 4, List.of(write("d", "1"))).join())
                .isEqualTo(new Appended(5));
        assertThat(service.image().cellOwner(CELL)).contains(SELF);

        service.resign(CELL, first).join();
        assertThat(service.image().cellOwner(CELL)).contains(SELF);
        service.resign(CELL, second).join();
        assertThat(service.image().cellOwner(CELL)).isEmpty();
    }

    @Test
    void anUnknownAppendFailsAllBehindItUntilTheCellIsLoaded() {
        Epoch epoch = service.acquire(CELL, SELF).join().orElseThrow();
        consensus.group("cursors").loseNext(1, SimulatedGroup.Fate.APPLIED);

        assertThat(service.append(CELL, epoch, 0, List.of(write("a", "1"))).join())
                .isInstanceOf(CellAppend.Unknown.class);
        assertThat(service.append(CELL, epoch, 1, List.of(write("b", "1"))).join())
                .isInstanceOf(CellAppend.Unknown.class);
        assertThat(service.load(CELL, epoch).join().nextPosition()).isEqualTo(1);
        assertThat(service.append(CELL, epoch, 1, List.of(write("b", "1"))).join())
                .isEqualTo(new Appended(2));

        assertThat(service.append(CELL, epoch, 9, List.of(write("c", "1"))).join())
                .isEqualTo(new CellAppend.WrongPosition(2));
        assertThat(service.append(CELL, epoch, 2, List.of(write("c", "1"))).join())
                .isInstanceOf(CellAppend.Unknown.class);
        Epoch next = service.acquire(CELL, SELF).join().orElseThrow();
        assertThat(service.append(CELL, next, 2, List.of(write("c", "1"))).join())
                .isEqualTo(new Appended(3));
    }

    @Test
    void boundsAppends() {
        Epoch epoch = service.acquire(CELL, SELF).join().orElseThrow();
        CellRecord largest = new CellRecord(
                ByteBuffer.allocate(FencedCells.MAX_KEY_BYTES),
                ByteBuffer.allocate(CellStore.MAX_APPEND_BYTES - FencedCells.MAX_KEY_BYTES));
        assertThat(service.append(CELL, epoch, 0, List.of(largest)).join()).isEqualTo(new Appended(1));
        List<CellRecord> most = Collections.nCopies(FencedCells.MAX_APPEND_RECORDS, write("k", ""));
        assertThat(service.append(CELL, epoch, 1, most).join()).isEqualTo(new Appended(1 + most.size()));

        List<CellRecord> tooMany = Collections.nCopies(FencedCells.MAX_APPEND_RECORDS + 1, write("k", ""));
        CellRecord longKey = new CellRecord(ByteBuffer.allocate(FencedCells.MAX_KEY_BYTES + 1), null);
        for (List<CellRecord> refused :
                List.of(tooMany, List.of(longKey), List.of(write("", "v")), List.of(largest, write("k", "")))) {
            assertThatThrownBy(() -> service.append(CELL, epoch, 1, refused))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> service.acquire(new CellId(CellStore.CELLS), SELF))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeItIsProposed() {
        service.close();
        service = start(1 << 30);
        // Given a cell with room for one more of a mebibyte, and that on its way
        Epoch epoch = service.acquire(CELL, SELF).join().orElseThrow();
        int fit = (int) (CursorLimits.STANDARD.cellBytes() / CellStore.MAX_APPEND_BYTES) - 1;
        for (int i = 0; i < fit - 1; i++) {
            assertThat(service.append(CELL, epoch, i, List.of(mebibyte(i))).join())
                    .isEqualTo(new Appended(i + 1));
        }
        CompletableFuture<CellAppend> last = service.append(CELL, epoch, fit - 1, List.of(mebibyte(fit - 1)));

        // When
        assertThatThrownBy(() -> service.append(CELL, epoch, fit, List.of(mebibyte(fit))))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(FailureCode.STORAGE_FULL));

        // Then it failed nothing, and what makes the cell no larger still fits
        CompletableFuture<CellAppend> same = service.append(CELL, epoch, fit, List.of(mebibyte(0)));
        assertThat(last.join()).isEqualTo(new Appended(fit));
        assertThat(same.join()).isEqualTo(new Appended(fit + 1));
        CellRecord deletion = new CellRecord(mebibyte(1).key(), null);
        assertThat(service.append(CELL, epoch, fit + 1, List.of(deletion)).join())
                .isEqualTo(new Appended(fit + 2));
        assertThat(service.append(CELL, epoch, fit + 2, List.of(mebibyte(fit))).join())
                .isEqualTo(new Appended(fit + 3));
    }

    /** Of the largest size, under a key of its own. */
    private static CellRecord mebibyte(int key) {
        ByteBuffer name = ByteBuffer.allocate(Integer.BYTES).putInt(0, key);
        return new CellRecord(name, ByteBuffer.allocate(CellStore.MAX_APPEND_BYTES - Integer.BYTES));
    }

    @Test
    void noEntryIsLargerThanItSays() {
        ByteBuffer value = ByteBuffer.allocate(CellStore.MAX_APPEND_BYTES - 2 * FencedCells.MAX_APPEND_RECORDS);
        List<CellRecord> records =
                new ArrayList<>(Collections.nCopies(FencedCells.MAX_APPEND_RECORDS - 1, write("k", "v")));
        records.add(new CellRecord(ByteBuffer.allocate(2), value));
        ByteBuffer largest = CursorCodec.encode(new CursorCommand.Append(0, 1, 0, records));
        assertThat(CursorCodec.entry(List.of(ByteBuffer.allocate((1 << 20) - 1), largest))
                        .remaining())
                .isLessThanOrEqualTo(MetadataService.MAX_ENTRY_BYTES);
    }

    @Test
    void acquiresEveryCellInAFewEntries() {
        long before = consensus.group("cursors").applied().index();
        long startNanos = System.nanoTime();
        List<CompletableFuture<Optional<Epoch>>> acquired = new ArrayList<>();
        for (int cell = 0; cell < CellStore.CELLS; cell++) {
            acquired.add(service.acquire(new CellId(cell), SELF));
        }
        acquired.forEach(epoch -> assertThat(epoch.join()).isPresent());
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
        long entries = consensus.group("cursors").applied().index() - before;
        System.out.printf("Acquired %d cells in %d ms and %d cursor entries%n", CellStore.CELLS, tookMs, entries);
        assertThat(entries).isLessThanOrEqualTo(CellStore.CELLS);
    }

    @Test
    void endsTheLeaseOfANodeThatIsSilentAndNeverItsOwn() {
        // Given a lease in which there is time to look at what its holder owns
        service.close();
        service = start(1 << 20, Duration.ofSeconds(3));
        accepted(service.registerNode(NODE));
        NodeId other = new NodeId(7);
        accepted(service.registerNode(new ClusterNode(other, "elsewhere", 1)));
        assertThat(service.acquire(CELL, other).join()).isPresent();
        assertThat(service.acquire(CELL, SELF).join()).isEmpty();

        await(() -> service.image().nodes().size() == 1);
        assertThat(service.image().nodes()).containsExactly(NODE);
        assertThat(service.image().cellOwner(CELL)).isEmpty();
        assertThat(service.acquire(CELL, SELF).join()).isPresent();
    }

    @Test
    void renewsALeaseWithoutAnEntry() {
        accepted(service.registerNode(NODE));
        long index = consensus.group("metadata").applied().index();
        accepted(service.registerNode(NODE));
        assertThat(consensus.group("metadata").applied().index()).isEqualTo(index);
        accepted(service.registerNode(new ClusterNode(SELF, "elsewhere", 1)));
        assertThat(service.image().nodes()).containsExactly(new ClusterNode(SELF, "elsewhere", 1));
        accepted(service.unregisterNode(SELF));
        assertThat(service.image().nodes()).isEmpty();
    }

    @Test
    void takesSnapshotsAndStartsFromThem() {
        service.close();
        service = start(4096);
        Epoch epoch = service.acquire(CELL, SELF).join().orElseThrow();
        for (int i = 0; i < 300; i++) {
            accepted(service.createTopic(TENANT, "topic-" + i, 1, Map.of()));
            assertThat(service.append(CELL, epoch, i, List.of(write("key-" + i % 10, "value-" + i)))
                            .join())
                    .isEqualTo(new Appended(i + 1));
        }
        await(() -> consensus.group("metadata").logBytes() < 30_000);
        await(() -> consensus.group("cursors").logBytes() < 30_000);
        MetadataImage before = service.image();
        var contents = service.load(CELL, epoch).join();

        service.close();
        service = start(4096);
        assertThat(service.image()).isEqualTo(before);
        assertThat(service.load(CELL, epoch).join()).isEqualTo(contents);
    }

    @Test
    void aSnapshotThatFailsIsTriedAgain() {
        service.close();
        service = start(1024);
        consensus.group("metadata").failNextSnapshots(2);
        int topics = 0;
        while (consensus.group("metadata").logBytes() < 3000 && topics < 1000) {
            accepted(service.createTopic(TENANT, "topic-" + topics++, 1, Map.of()));
        }
        for (int i = 0; i < 200; i++) {
            accepted(service.createTopic(TENANT, "more-" + i, 1, Map.of()));
        }
        await(() -> consensus.group("metadata").logBytes() < 20_000);
    }

    @Test
    void refusesWhileThereIsNoLeaderAndGoesOnAfterwards() {
        consensus.group("metadata").loseLeadership(0);
        assertThat(failureOf(service.createTopic(TENANT, "t", 1, Map.of()))).isEqualTo(FailureCode.NOT_LEADER);
        await(() -> service.age().isPositive());
        consensus.group("metadata").regainLeadership();
        await(() -> service.age().isZero());
        accepted(service.createTopic(TENANT, "t", 1, Map.of()));

        consensus.group("metadata").loseNext(1, SimulatedGroup.Fate.DROPPED);
        assertThat(failureOf(service.createTopic(TENANT, "u", 1, Map.of()))).isEqualTo(FailureCode.TIMED_OUT);
    }

    @Test
    void refusesEverythingOnceClosed() {
        service.close();
        assertThat(failureOf(service.createTopic(TENANT, "t", 1, Map.of()))).isEqualTo(FailureCode.SHUTTING_DOWN);
    }

    private static <T> T accepted(CompletableFuture<MetadataResult<T>> future) {
        MetadataResult<T> result = future.join();
        assertThat(result).isInstanceOf(MetadataResult.Accepted.class);
        return ((MetadataResult.Accepted<T>) result).value();
    }

    private static FailureCode failureOf(CompletableFuture<?> future) {
        return future.handle((done, failure) -> ServiceException.of(failure).code())
                .join();
    }

    private static CellRecord write(String key, String value) {
        return new CellRecord(ByteBuffer.wrap(key.getBytes(UTF_8)), ByteBuffer.wrap(value.getBytes(UTF_8)));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 30 s").isLessThan(deadlineNanos);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
