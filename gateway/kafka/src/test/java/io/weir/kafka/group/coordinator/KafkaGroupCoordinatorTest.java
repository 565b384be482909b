package io.weir.kafka.group.coordinator;

import static io.weir.kafka.group.coordinator.GroupsFixture.PATIENCE;
import static io.weir.kafka.group.coordinator.GroupsFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.Topic;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.cell.MemoryCellStore.Failure;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.process.Await;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRuntime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class KafkaGroupCoordinatorTest {
    private static final List<Failure> FAILURES = List.of(Failure.values());

    private final GroupsFixture groups = new GroupsFixture().started();
    private final Topic topic = groups.metadata.create("orders", 4);

    @AfterEach
    void close() {
        groups.close();
    }

    @Test
    void acquiresAndLoadsEveryEmptyCell() {
        for (int cell = 0; cell < CellStore.CELLS; cell++) {
            assertThat(groups.coordinator.opened(new CellId(cell))).succeedsWithin(PATIENCE);
            assertThat(groups.store.owner(new CellId(cell))).contains(new NodeId(1));
        }
    }

    @Test
    void keepsCommittedOffsets() {
        groups.awaitOpen("g");
        assertThat(await(groups.commit("g", topic, 2, 41))).isEqualTo(Errors.NONE);
        assertThat(await(groups.fetch("g", topic, 2))).isEqualTo(41);
        assertThat(await(groups.fetch("g", topic, 1))).isEqualTo(-1);
    }

    @Test
    void answersACommitOnlyWhenItIsDurable() {
        groups.awaitOpen("g");
        groups.store.hold();

        CompletableFuture<Errors> commit = groups.commit("g", topic, 0, 7);
        Await.until("the append reaches the store", PATIENCE, () -> groups.store.heldBack() == 1);

        assertThat(commit).isNotDone();
        assertThat(await(groups.fetch("g", topic, 0))).isEqualTo(-1);
        groups.store.release();
        assertThat(await(commit)).isEqualTo(Errors.NONE);
        assertThat(await(groups.fetch("g", topic, 0))).isEqualTo(7);
    }

    @Test
    void keepsOffsetsOverARestartOnTheSameCells() {
        groups.awaitOpen("g");
        groups.commitAcknowledged("g", topic, 0, 5);
        groups.commitAcknowledged("g", topic, 0, 6);
        groups.close();

        try (GroupsFixture again = new GroupsFixture(groups.store, groups.metadata, CommitObserver.NONE).started()) {
            again.awaitOpen("g");
            assertThat(await(again.fetch("g", topic, 0))).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @EnumSource(Failure.class)
    void reloadsAfterAFailedAppendAndLosesNothing(Failure failure) {
        groups.awaitOpen("g");
        groups.commitAcknowledged("g", topic, 0, 10);

        groups.store.failNextAppends(failure);
        assertThat(await(groups.commit("g", topic, 0, 20))).isEqualTo(Errors.NOT_COORDINATOR);
        groups.awaitOpen("g");

        assertThat(groups.fetchAcknowledged("g", topic, 0)).isIn(10L, 20L);
        groups.commitAcknowledged("g", topic, 0, 30);
        assertThat(groups.fetchAcknowledged("g", topic, 0)).isEqualTo(30);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void groupOffsetsNeverGoBackWhateverFails(long seed) {
        groups.awaitOpen("g");
        Random random = new Random(seed);
        long acknowledged = -1;
        for (long offset = 0; offset < 60; offset++) {
            if (random.nextInt(4) == 0) {
                groups.store.failNextAppends(FAILURES.get(random.nextInt(FAILURES.size())));
            }
            if (random.nextInt(10) == 0) {
                groups.coordinator.reload("g");
            }
            if (await(groups.commit("g", topic, 0, offset)) == Errors.NONE) {
                acknowledged = offset;
            }
            groups.awaitOpen("g");
            assertThat(groups.fetchAcknowledged("g", topic, 0))
                    .as("seed %d, offset %d", seed, offset)
                    .isBetween(acknowledged, offset);
        }
    }

    @Test
    void aCommitThatDoesNotFitIsRefusedAndDisturbsNobody() {
        groups.awaitOpen("g");
        groups.commitAcknowledged("g", topic, 0, 10);
        CompletableFuture<Void> opened = groups.coordinator.opened(KafkaGroupCoordinator.cellOf("g"));
        groups.store.boundKeys(0);

        assertThat(await(groups.commit("g", topic, 1, 1))).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);

        assertThat(await(groups.commit("g", topic, 0, 11))).isEqualTo(Errors.NONE);
        assertThat(await(groups.fetch("g", topic, 0))).isEqualTo(11);
        assertThat(await(groups.fetch("g", topic, 1))).isEqualTo(-1);
        assertThat(groups.coordinator.opened(KafkaGroupCoordinator.cellOf("g"))).isSameAs(opened);
    }

    @Test
    void failsWhatIsBehindAFailedAppend() {
        groups.awaitOpen("g");
        groups.store.hold();
        groups.store.failNextAppends(Failure.UNKNOWN_LOST);
        CompletableFuture<Errors> first = groups.commit("g", topic, 0, 1);
        Await.until("the append reaches the store", PATIENCE, () -> groups.store.heldBack() == 1);
        CompletableFuture<Errors> second = groups.commit("g", topic, 1, 1);
        Await.until("the append reaches the store", PATIENCE, () -> groups.store.heldBack() == 2);

        groups.store.release();

        assertThat(await(first)).isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(await(second)).isEqualTo(Errors.NOT_COORDINATOR);
        groups.awaitOpen("g");
        assertThat(groups.fetchAcknowledged("g", topic, 1)).isEqualTo(-1);
    }

    @Test
    void confirmsOwnershipAndNoticesItsLoss() {
        groups.awaitOpen("g");
        assertThat(await(confirmed("g"))).isTrue();

        // When: the lease runs out and another node takes the cell, and its owner has heard of nothing
        CellId cell = KafkaGroupCoordinator.cellOf("g");
        groups.seen.pause();
        await(groups.metadata.registerNode(new ClusterNode(new NodeId(2), "127.0.0.1", 9093)));
        groups.store.expire(new NodeId(1));
        assertThat(await(groups.store.acquire(cell, new NodeId(2)))).isPresent();

        assertThat(await(confirmed("g"))).isFalse();
        assertThat(await(groups.commit("g", topic, 0, 3))).isEqualTo(Errors.NOT_COORDINATOR);
    }

    @Test
    void aLaterSessionDoesNotVouchForWhatWasReadBefore() {
        groups.awaitOpen("g");

        CompletableFuture<Boolean> confirmed = groups.coordinator.confirmed(
                "g",
                () -> {
                    groups.coordinator.reload("g");
                    groups.awaitOpen("g");
                    return CompletableFuture.completedFuture(true);
                },
                Boolean::logicalAnd);

        assertThat(await(confirmed)).isFalse();
        assertThat(await(confirmed("g"))).isTrue();
    }

    private CompletableFuture<Boolean> confirmed(String group) {
        return groups.coordinator.confirmed(group, () -> CompletableFuture.completedFuture(true), Boolean::logicalAnd);
    }

    @Test
    void whoeverAsksForACellThatDoesNotOpenLeavesNothingBehind() {
        // Given a cell that is not loaded
        MemoryMetadata metadata = new MemoryMetadata();
        MemoryCellStore store = new MemoryCellStore(metadata);
        CellId cell = KafkaGroupCoordinator.cellOf("g");
        MemoryCellStore.HeldLoad load = store.holdNextLoad(cell);
        try (GroupsFixture waiting = new GroupsFixture(store, metadata, CommitObserver.NONE).started()) {
            CompletableFuture<Void> opened = waiting.coordinator.opened(cell);

            // When
            for (int i = 0; i < 100_000; i++) {
                var _ = waiting.coordinator.openedSoon(cell);
            }
            for (int i = 0; i < 100; i++) {
                var _ = waiting.coordinator.loaded();
            }

            // Then
            assertThat(opened.getNumberOfDependents()).isLessThan(10);
            assertThat(await(waiting.coordinator.openedSoon(cell))).isFalse();
            assertThat(await(waiting.coordinator.loaded())).isFalse();
            load.release();
            Await.until("it is told", PATIENCE, () -> await(waiting.coordinator.openedSoon(cell)));
            Await.until("all are told", PATIENCE, () -> await(waiting.coordinator.loaded()));
        }
    }

    @Test
    void doesNotWaitForCellsAfterItHasClosed() {
        CellId cell = KafkaGroupCoordinator.cellOf("g");
        groups.close();
        assertThat(groups.coordinator.openedSoon(cell)).isCompletedWithValue(false);
        assertThat(groups.coordinator.loaded()).isCompletedWithValue(false);
    }

    @Test
    void removesOffsetsOfADeletedTopic() {
        groups.awaitOpen("g");
        groups.commitAcknowledged("g", topic, 0, 5);

        await(groups.metadata.deleteTopic(TenantId.DEFAULT, topic.id()));

        Await.until("the offset is gone", PATIENCE, () -> await(groups.fetch("g", topic, 0)) == -1);
    }

    @Test
    void removesOffsetsOfATopicThatWasDeletedWhileNobodyOwnedTheCell() {
        groups.awaitOpen("g");
        groups.commitAcknowledged("g", topic, 0, 5);
        groups.close();
        await(groups.metadata.deleteTopic(TenantId.DEFAULT, topic.id()));

        try (GroupsFixture again = new GroupsFixture(groups.store, groups.metadata, CommitObserver.NONE).started()) {
            again.awaitOpen("g");
            Await.until("the offset is gone", PATIENCE, () -> await(again.fetch("g", topic, 0)) == -1);
        }
    }

    @Test
    void removesThemEvenWhenTheLoadIsDoneBeforeTheCoordinatorCanWaitForIt() {
        groups.awaitOpen("g");
        groups.commitAcknowledged("g", topic, 0, 5);
        groups.close();
        await(groups.metadata.deleteTopic(TenantId.DEFAULT, topic.id()));

        // When: loading happens inside the call that asks for it
        GroupsFixture atOnce = new GroupsFixture(
                groups.store,
                groups.metadata,
                CommitObserver.NONE,
                ConsumerGroupsConfig.DEFAULT,
                new KafkaGroupCoordinator.Surroundings(Optional.of(Runnable::run), Time.SYSTEM));
        try (GroupsFixture again = atOnce.started()) {
            again.awaitOpen("g");
            Await.until("the offset is gone", PATIENCE, () -> await(again.fetch("g", topic, 0)) == -1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLoadThatIsLateIsNotTakenForThatOfTheNextSession(boolean succeeds) {
        // Given a cell whose owner loads it anew, and has been given it once more before it has
        GroupsFixture inline = new GroupsFixture(
                groups.store,
                groups.metadata,
                CommitObserver.NONE,
                ConsumerGroupsConfig.DEFAULT,
                new KafkaGroupCoordinator.Surroundings(Optional.of(Runnable::run), Time.SYSTEM));
        CellId cell = KafkaGroupCoordinator.cellOf("g");
        groups.awaitOpen("g");
        groups.commitAcknowledged("g", topic, 0, 10);
        groups.close();
        MemoryCellStore.HeldLoad late = groups.store.holdNextLoad(cell);
        try (GroupsFixture again = inline.started()) {
            assertThat(late.asked()).succeedsWithin(PATIENCE);
            MemoryCellStore.HeldLoad next = groups.store.holdNextLoad(cell);
            again.coordinator.reload("g");
            assertThat(next.asked()).succeedsWithin(PATIENCE);

            // When
            if (succeeds) {
                late.release();
            } else {
                late.fail();
            }

            // Then
            assertThat(await(again.fetchError("g", topic, 0))).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
            next.release();
            again.awaitOpen("g");
            assertThat(await(again.fetch("g", topic, 0))).isEqualTo(10);
        }
    }

    @Test
    void aSessionThatEndsBeforeItsElectionIsThereIsFollowedByTheNext() {
        CellId cell = KafkaGroupCoordinator.cellOf("g");
        try (GroupsFixture ending = new GroupsFixture();
                OnceLogged electing = new OnceLogged(
                        CoordinatorRuntime.class,
                        "loading of metadata from __consumer_offsets-" + cell.value() + " ",
                        () -> ending.coordinator.reload("g"))) {
            ending.started();
            Await.until("the session to have ended", PATIENCE, () -> electing.done);

            ending.awaitOpen("g");
            ending.commitAcknowledged("g", ending.metadata.create("orders", 4), 0, 10);
        }
    }

    /** Does something in the middle of what Kafka's class does on its own: where it logs a line. */
    private static final class OnceLogged extends UnsynchronizedAppenderBase<ILoggingEvent> implements AutoCloseable {
        private final String line;
        private final Runnable action;
        private final Logger logger;
        private volatile boolean done;

        OnceLogged(Class<?> where, String line, Runnable action) {
            this.line = line;
            this.action = action;
            this.logger = (Logger) LoggerFactory.getLogger(where);
            start();
            logger.setLevel(Level.INFO);
            logger.setAdditive(false);
            logger.addAppender(this);
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (!done && event.getFormattedMessage().contains(line)) {
                done = true;
                action.run();
            }
        }

        @Override
        public void close() {
            logger.detachAppender(this);
            logger.setAdditive(true);
            logger.setLevel(null);
            stop();
        }
    }

    @Test
    void doesNotShowATopicsOffsetsToItsNamesake() {
        groups.awaitOpen("g");
        groups.commitAcknowledged("g", topic, 0, 5);
        await(groups.metadata.deleteTopic(TenantId.DEFAULT, topic.id()));
        Topic namesake = groups.metadata.create("orders", 4);

        assertThat(groups.fetchAcknowledged("g", namesake, 0)).isEqualTo(-1);
    }

    @Test
    void leavesOtherKindsOfStateInACellAlone() {
        MemoryMetadata metadata = new MemoryMetadata();
        MemoryCellStore shared = new MemoryCellStore(metadata);
        CellId cell = KafkaGroupCoordinator.cellOf("g");
        var epoch = await(shared.acquire(cell, new NodeId(1))).orElseThrow();
        byte[] foreign = {9, 9, 9};
        await(shared.append(
                cell, epoch, 0, List.of(new CellRecord(ByteBuffer.wrap(foreign), ByteBuffer.wrap(foreign)))));

        try (GroupsFixture again = new GroupsFixture(shared, metadata, CommitObserver.NONE).started()) {
            Topic other = again.metadata.create("orders", 1);
            again.awaitOpen("g");
            again.commitAcknowledged("g", other, 0, 1);
            assertThat(await(again.fetch("g", other, 0))).isEqualTo(1);
        }
    }

    @Test
    void closesWithoutHavingBeenStarted() {
        new GroupsFixture().close();
    }
}
