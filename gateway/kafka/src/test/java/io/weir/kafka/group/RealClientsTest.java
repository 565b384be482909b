package io.weir.kafka.group;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.TenantId;
import io.weir.kafka.group.coordinator.ConsumerGroupsConfig;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The Java client's consumer and admin, over a socket. */
class RealClientsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration POLL = Duration.ofMillis(50);

    private final MemoryMetadata metadata = new MemoryMetadata();
    private final MemoryCellStore cells = new MemoryCellStore(metadata);
    private LoopbackBroker broker = new LoopbackBroker(config(), cells, metadata);

    private static ConsumerGroupsConfig config() {
        ConsumerGroupsConfig usual = ConsumerGroupsConfig.DEFAULT;
        return new ConsumerGroupsConfig(
                Duration.ofMillis(50),
                usual.minSessionTimeout(),
                usual.maxSessionTimeout(),
                Duration.ofMillis(100),
                usual.maxRebalanceTimeout(),
                usual.maxGroupSize(),
                usual.maxGroupIdLength(),
                usual.maxProtocols(),
                usual.maxMetadataBytes(),
                usual.offsetsRetention(),
                usual.offsetsRetentionCheck(),
                usual.commitTimeout(),
                usual.maxInFlightBytes(),
                usual.maxBackOff(),
                usual.threads(),
                usual.maxLagSeries());
    }

    @AfterEach
    void close() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource(GroupProtocol.class)
    void twoMembersShareATopicAndOneTakesOverAll(GroupProtocol protocol) {
        metadata.create("orders", 6);
        try (KafkaConsumer<byte[], byte[]> first = consumer(protocol, "g")) {
            first.subscribe(List.of("orders"));
            pollUntil("the first has everything", () -> first.assignment().size() == 6, first);
            try (KafkaConsumer<byte[], byte[]> second = consumer(protocol, "g")) {
                second.subscribe(List.of("orders"));
                pollUntil(
                        "they share",
                        () -> first.assignment().size() == 3
                                && second.assignment().size() == 3,
                        first,
                        second);
                Set<TopicPartition> both = new HashSet<>(first.assignment());
                both.addAll(second.assignment());
                assertThat(both).hasSize(6);
            }
            pollUntil("the first has everything again", () -> first.assignment().size() == 6, first);
        }
    }

    @ParameterizedTest
    @EnumSource(GroupProtocol.class)
    void committedOffsetsSurviveARestartOfTheGateway(GroupProtocol protocol) {
        metadata.create("orders", 1);
        TopicPartition partition = new TopicPartition("orders", 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(protocol, "g")) {
            consumer.subscribe(List.of("orders"));
            pollUntil("assigned", () -> consumer.assignment().size() == 1, consumer);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(41, "note")));
        }

        broker.close();
        broker = new LoopbackBroker(config(), cells, metadata);

        try (KafkaConsumer<byte[], byte[]> consumer = consumer(protocol, "g")) {
            OffsetAndMetadata committed = committed(consumer, partition).orElseThrow();
            assertThat(committed.offset()).isEqualTo(41);
            assertThat(committed.metadata()).isEqualTo("note");
        }
    }

    @ParameterizedTest
    @EnumSource(GroupProtocol.class)
    void aReloadOfTheCoordinatorGoesUnnoticed(GroupProtocol protocol) {
        metadata.create("orders", 4);
        TopicPartition partition = new TopicPartition("orders", 0);
        Rebalances rebalances = new Rebalances();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(protocol, "g")) {
            consumer.subscribe(List.of("orders"), rebalances);
            pollUntil("assigned", () -> consumer.assignment().size() == 4, consumer);
            int before = rebalances.count;

            for (long offset = 1; offset <= 5; offset++) {
                broker.groups.reload("g");
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset)));
                consumer.poll(POLL);
                assertThat(committed(consumer, partition))
                        .map(OffsetAndMetadata::offset)
                        .contains(offset);
            }

            assertThat(rebalances.count).isEqualTo(before);
            assertThat(consumer.assignment()).hasSize(4);
        }
    }

    @ParameterizedTest
    @EnumSource(GroupProtocol.class)
    void failedAppendsAreNotSeenByClients(GroupProtocol protocol) {
        metadata.create("orders", 1);
        TopicPartition partition = new TopicPartition("orders", 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(protocol, "g")) {
            consumer.subscribe(List.of("orders"));
            pollUntil("assigned", () -> consumer.assignment().size() == 1, consumer);
            for (MemoryCellStore.Failure failure : MemoryCellStore.Failure.values()) {
                long offset = committed(consumer, partition)
                                .map(OffsetAndMetadata::offset)
                                .orElse(0L)
                        + 1;
                cells.failNextAppends(failure);
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset)));
                assertThat(committed(consumer, partition))
                        .map(OffsetAndMetadata::offset)
                        .contains(offset);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(GroupProtocol.class)
    void aStaticMemberKeepsItsPartitionsOverARestart(GroupProtocol protocol) throws Exception {
        metadata.create("orders", 4);
        Map<String, Object> fixed = Map.of(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, "worker-1");
        try (Admin admin = admin();
                KafkaConsumer<byte[], byte[]> other = consumer(protocol, "g")) {
            other.subscribe(List.of("orders"));
            Set<TopicPartition> kept;
            try (KafkaConsumer<byte[], byte[]> first = consumer(protocol, "g", fixed)) {
                first.subscribe(List.of("orders"));
                pollUntil(
                        "they share",
                        () -> first.assignment().size() == 2
                                && other.assignment().size() == 2,
                        first,
                        other);
                kept = Set.copyOf(first.assignment());
            }
            try (KafkaConsumer<byte[], byte[]> again = consumer(protocol, "g", fixed)) {
                again.subscribe(List.of("orders"));
                pollUntil("it is back", () -> again.assignment().equals(kept), again, other);
                assertThat(describe(admin, "g").members())
                        .anySatisfy(
                                member -> assertThat(member.groupInstanceId()).contains("worker-1"));
            }
        }
    }

    @Test
    void aRegularExpressionFollowsTopicsAsTheyAppear() {
        metadata.create("orders-eu", 2);
        metadata.create("payments", 2);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(GroupProtocol.CONSUMER, "g")) {
            consumer.subscribe(new SubscriptionPattern("orders-.*"));
            pollUntil("the matching topic", () -> topics(consumer).equals(Set.of("orders-eu")), consumer);

            metadata.create("orders-us", 1);

            pollUntil("the new one", () -> topics(consumer).equals(Set.of("orders-eu", "orders-us")), consumer);
        }
    }

    @Test
    void aGroupIsUpgradedFromClassicToKip848WhileItRuns() throws Exception {
        metadata.create("orders", 4);
        try (Admin admin = admin();
                KafkaConsumer<byte[], byte[]> old = consumer(GroupProtocol.CLASSIC, "g")) {
            old.subscribe(List.of("orders"));
            pollUntil("the old one has everything", () -> old.assignment().size() == 4, old);
            old.commitSync(Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(9)));
            try (KafkaConsumer<byte[], byte[]> modern = consumer(GroupProtocol.CONSUMER, "g")) {
                modern.subscribe(List.of("orders"));
                pollUntil(
                        "they share",
                        () -> old.assignment().size() == 2
                                && modern.assignment().size() == 2,
                        old,
                        modern);
                assertThat(describe(admin, "g").type().toString().toLowerCase(Locale.ROOT))
                        .isEqualTo("consumer");
                assertThat(committed(modern, new TopicPartition("orders", 0)))
                        .map(OffsetAndMetadata::offset)
                        .contains(9L);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(GroupProtocol.class)
    void administratorsListDescribeAlterAndDelete(GroupProtocol protocol) throws Exception {
        metadata.create("orders", 2);
        TopicPartition partition = new TopicPartition("orders", 1);
        try (Admin admin = admin()) {
            try (KafkaConsumer<byte[], byte[]> consumer = consumer(protocol, "g")) {
                consumer.subscribe(List.of("orders"));
                pollUntil("assigned", () -> consumer.assignment().size() == 2, consumer);
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(3)));

                assertThat(admin.listGroups().all().get(PATIENCE.toSeconds(), SECONDS))
                        .extracting(GroupListing::groupId)
                        .containsExactly("g");
                assertThat(describe(admin, "g").groupState()).isEqualTo(GroupState.STABLE);
                assertThat(describe(admin, "g").members()).hasSize(1);
                assertThatThrownBy(() ->
                                admin.deleteConsumerGroups(List.of("g")).all().get(PATIENCE.toSeconds(), SECONDS))
                        .hasMessageContaining("not empty");
            }
            pollUntil("the group is empty", () -> describe(admin, "g").groupState() == GroupState.EMPTY);

            admin.alterConsumerGroupOffsets("g", Map.of(partition, new OffsetAndMetadata(1)))
                    .all()
                    .get(PATIENCE.toSeconds(), SECONDS);
            assertThat(offsets(admin)).containsEntry(partition, new OffsetAndMetadata(1));

            admin.deleteConsumerGroupOffsets("g", Set.of(partition)).all().get(PATIENCE.toSeconds(), SECONDS);
            assertThat(offsets(admin)).doesNotContainKey(partition);

            admin.alterConsumerGroupOffsets("g", Map.of(partition, new OffsetAndMetadata(1)))
                    .all()
                    .get(PATIENCE.toSeconds(), SECONDS);
            admin.deleteConsumerGroups(List.of("g")).all().get(PATIENCE.toSeconds(), SECONDS);
            assertThat(admin.listGroups().all().get(PATIENCE.toSeconds(), SECONDS))
                    .isEmpty();
        }
    }

    @Test
    void offsetsOfADeletedTopicAreGone() throws Exception {
        var topic = metadata.create("orders", 1);
        TopicPartition partition = new TopicPartition("orders", 0);
        try (Admin admin = admin()) {
            admin.alterConsumerGroupOffsets("g", Map.of(partition, new OffsetAndMetadata(7)))
                    .all()
                    .get(PATIENCE.toSeconds(), SECONDS);

            metadata.deleteTopic(TenantId.DEFAULT, topic.id()).join();
            metadata.create("orders", 1);

            assertThat(offsets(admin)).doesNotContainKey(partition);
        }
    }

    private static Optional<OffsetAndMetadata> committed(
            KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
        return Optional.ofNullable(consumer.committed(Set.of(partition)).get(partition));
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin) throws Exception {
        return admin.listConsumerGroupOffsets("g")
                .partitionsToOffsetAndMetadata()
                .get(PATIENCE.toSeconds(), SECONDS);
    }

    private static ConsumerGroupDescription describe(Admin admin, String group) throws Exception {
        return Objects.requireNonNull(admin.describeConsumerGroups(List.of(group))
                        .describedGroups()
                        .get(group))
                .get(PATIENCE.toSeconds(), SECONDS);
    }

    private static Set<String> topics(KafkaConsumer<byte[], byte[]> consumer) {
        Set<String> topics = new TreeSet<>();
        consumer.assignment().forEach(partition -> topics.add(partition.topic()));
        return topics;
    }

    private KafkaConsumer<byte[], byte[]> consumer(GroupProtocol protocol, String group) {
        return consumer(protocol, group, Map.of());
    }

    private KafkaConsumer<byte[], byte[]> consumer(GroupProtocol protocol, String group, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap());
        config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        config.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, protocol.name().toLowerCase(Locale.ROOT));
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        if (protocol == GroupProtocol.CLASSIC) {
            config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 100);
            config.put(
                    ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                    "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        }
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Admin admin() {
        return Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap()));
    }

    /** Polls the consumers until the condition holds. */
    @SafeVarargs
    private static void pollUntil(String awaited, Condition condition, KafkaConsumer<byte[], byte[]>... consumers) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!condition.holds()) {
                assertThat(System.nanoTime()).as("Not in time: %s", awaited).isLessThan(deadline);
                for (KafkaConsumer<byte[], byte[]> consumer : consumers) {
                    consumer.poll(POLL);
                }
            }
        } catch (Exception failed) {
            throw new AssertionError("While waiting: " + awaited, failed);
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static final class Rebalances implements ConsumerRebalanceListener {
        private int count;

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            count++;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            count++;
        }
    }
}
