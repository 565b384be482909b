package io.weir.objecttier.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.objecttier.housekeeping.StoreClaim;
import io.weir.objecttier.sample.FixedMetadata;
import io.weir.objecttier.sample.SimulatedShard;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.testsupport.object.MemoryObjectStore;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import io.weir.testsupport.process.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackupsTest {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final ShardId SHARD = new ShardId(1);
    private static final ObjectKey RETIRED = new ObjectKey("a/1/retired");
    private static final int MUTATIONS = 2_000;

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final SimulatedConsensus consensus = SimulatedConsensus.automatic();
    private final SimulatedGroup group = consensus.open("wal-1", new JournalState());
    private final SimulatedShard shard = new SimulatedShard(SHARD);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BackupStore stored = new BackupStore(store);
    private long nowMs = 1_000_000;
    private final List<ConsensusGroup> groups = new ArrayList<>(List.of(group));
    private final List<ShardSegments> shards = new ArrayList<>(List.of(shard));
    private final Backups backups = new Backups(
            Duration.ofMinutes(5),
            () -> List.copyOf(groups),
            () -> List.copyOf(shards),
            store,
            new StoreClaim(store, new FixedMetadata()),
            () -> Instant.ofEpochMilli(nowMs),
            meters);

    @BeforeEach
    void awaitLeader() {
        Await.until("the group leads", AT_MOST, () -> group.leadership() instanceof Leadership.Leading);
    }

    @AfterEach
    void close() {
        group.close();
    }

    private void submit(String text) throws Exception {
        assertThat(group.submit(JournalState.entry(text)).get(AT_MOST.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOf(Submission.Applied.class);
    }

    private void passLater() {
        nowMs += Duration.ofMinutes(5).toMillis();
        backups.pass();
    }

    private JournalState newest() throws IOException {
        Backup newest = stored.of("wal-1").getFirst();
        JournalState state = new JournalState();
        state.restore(stored.read(newest).stream(), newest.position());
        return state;
    }

    @Test
    void aShardThatIsAddedLaterIsBackedUpAndItsObjectsMayBeDeletedThen() throws Exception {
        ShardId later = new ShardId(2);
        SimulatedGroup added = consensus.open("wal-2", new JournalState());
        groups.add(added);
        Await.until("it leads", AT_MOST, () -> added.leadership() instanceof Leadership.Leading);
        assertThat(added.submit(JournalState.entry("one")).get(AT_MOST.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOf(Submission.Applied.class);
        passLater();
        assertThat(stored.of("wal-2")).as("its shard is not open yet").isEmpty();

        SimulatedShard opened = new SimulatedShard(later);
        opened.led().announce(new CompactionIntent(1, List.of(RETIRED))).join();
        opened.led().abort(1).join();
        shards.add(opened);
        passLater();

        assertThat(stored.of("wal-2")).hasSize(1);
        assertThat(backups.mayDelete(later, RETIRED)).isTrue();
        added.close();
    }

    @Test
    void theNewestBackupIsReadBack() throws Exception {
        submit("one");
        backups.pass();
        submit("two");
        passLater();

        assertThat(newest().texts()).containsExactly("one", "two");
        assertThat(stored.read(stored.of("wal-1").getFirst()).takenAtMs()).isEqualTo(nowMs);
    }

    @Test
    void aStateThatHasNotChangedIsNotCopiedAgain() throws Exception {
        submit("one");
        backups.pass();
        long requests = store.requests(Operation.CREATE);

        passLater();
        passLater();

        assertThat(store.requests(Operation.CREATE)).isEqualTo(requests);
        assertThat(stored.of("wal-1")).hasSize(1);
        assertThat(age()).isZero();
    }

    @Test
    void nothingIsCopiedBeforeTheIntervalIsOver() throws Exception {
        submit("one");
        backups.pass();
        submit("two");

        nowMs += Duration.ofMinutes(5).toMillis() - 1;
        backups.pass();
        assertThat(stored.of("wal-1")).hasSize(1);

        nowMs += 1;
        backups.pass();
        assertThat(stored.of("wal-1")).hasSize(2);
    }

    @Test
    void theNewestOnesAreKept() throws Exception {
        for (int i = 0; i <= Backups.KEPT; i++) {
            submit("text " + i);
            passLater();
        }

        assertThat(stored.of("wal-1")).hasSize(Backups.KEPT);
        assertThat(newest().texts()).hasSize(Backups.KEPT + 1);
    }

    @Test
    void aRetiredObjectMayBeDeletedOnceABackupDoesWithoutIt() throws Exception {
        submit("one");
        backups.pass();
        shard.led().announce(new CompactionIntent(1, List.of(RETIRED))).join();
        shard.led().abort(1).join();
        assertThat(shard.retired()).hasSize(1);

        assertThat(backups.mayDelete(SHARD, RETIRED)).isFalse();
        store.failNext(1, Operation.CREATE);
        submit("two");
        passLater();
        assertThat(backups.mayDelete(SHARD, RETIRED)).isFalse();

        backups.pass();
        assertThat(backups.mayDelete(SHARD, RETIRED)).isTrue();
        assertThat(backups.mayDelete(new ShardId(2), RETIRED)).isFalse();
    }

    /** A group that has healed may be behind what was seen before, and its copy refer to what is let go of later. */
    @Test
    void nothingMayBeDeletedForACopyOfAnotherTerm() throws Exception {
        submit("one");
        shard.led().announce(new CompactionIntent(1, List.of(RETIRED))).join();
        shard.led().abort(1).join();
        shard.afterNextLook(() -> {
            group.changeTerm();
            awaitLeader();
        });

        backups.pass();
        assertThat(backups.mayDelete(SHARD, RETIRED)).isFalse();
        assertThat(stored.of("wal-1")).isEmpty();

        backups.pass();
        assertThat(backups.mayDelete(SHARD, RETIRED)).isTrue();
    }

    @Test
    void aFailureIsCountedAndShowsInTheAge() throws Exception {
        submit("one");
        store.failNext(2, Operation.CREATE);

        passLater();

        assertThat(meters.counter("weir.backup.failures").count()).isEqualTo(1);
        assertThat(age()).isEqualTo(300);
    }

    /** Its age is no failure while it is below a few of these. */
    @Test
    void tellsHowOldABackupIsAllowedToBe() {
        assertThat(meters.get("weir.backup.interval.seconds").gauge().value()).isEqualTo(300);
    }

    private double age() {
        return meters.get("weir.backup.age.seconds").gauge().value();
    }

    @Test
    void noStateBeyondTheBoundIsCopied() throws IOException {
        try (StateBytes bytes = new StateBytes(10)) {
            bytes.write(new byte[9]);
            bytes.write(1);

            assertThat(bytes.pieces().stream().mapToInt(ByteBuffer::remaining).sum())
                    .isEqualTo(10);
        }
        try (StateBytes bytes = new StateBytes(10)) {
            bytes.write(new byte[10]);

            assertThatThrownBy(() -> bytes.write(1)).isInstanceOf(IOException.class);
        }
    }

    private byte[] sample() {
        Backup backup = new Backup("wal-1", new LogPosition(3, 77));
        stored.put(backup, 5, List.of(ByteBuffer.wrap(new byte[] {1, 2, 3}), ByteBuffer.wrap(new byte[] {4})));
        assertThat(stored.read(backup).state()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
        return store.bytes(backup.key());
    }

    private void refused(byte[] bytes, String what) {
        Backup backup = new Backup("wal-1", new LogPosition(3, 77));
        store.overwrite(backup.key(), bytes);
        assertThatThrownBy(() -> stored.read(backup))
                .as(what)
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.CORRUPT));
    }

    @Test
    void refusesEveryTruncationAndABackupUnderAnothersName() {
        byte[] bytes = sample();

        for (int length = 1; length < bytes.length; length++) {
            refused(Arrays.copyOf(bytes, length), length + " bytes");
        }
        Backup other = new Backup("wal-2", new LogPosition(3, 77));
        var _ = store.create(other.key(), List.of(ByteBuffer.wrap(bytes))).join();
        assertThatThrownBy(() -> stored.read(other)).hasMessageContaining("is damaged");
        assertThatThrownBy(() -> stored.read(new Backup("wal-1", new LogPosition(4, 1))))
                .isInstanceOfAny(ServiceException.class, CompletionException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void refusesEveryMutation(long seed) {
        Random random = new Random(seed);
        byte[] bytes = sample();

        for (int round = 0; round < MUTATIONS; round++) {
            byte[] mutated = bytes.clone();
            mutated[random.nextInt(mutated.length)] ^= (byte) (1 + random.nextInt(255));
            refused(mutated, "seed " + seed + ", round " + round);
        }
    }
}
