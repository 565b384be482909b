package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableImage;
import io.weir.contracts.table.TableImage.DroppedTable;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import io.weir.contracts.table.TableResult.Rejection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What the table ports promise, asked of the metadata group and of the fake that other modules are tested with. */
class TablesContractTest {
    private static final TenantId TENANT = TenantId.DEFAULT;
    private static final TenantId OTHER = new TenantId("other");
    private static final NodeId NODE = new NodeId(3);
    private static final List<String> TOPICS = List.of("topics");
    private static final TableName ORDERS = new TableName(TOPICS, "orders");
    private static final TableName DEAD = new TableName(TOPICS, "dead orders");
    private static final TableName MINE = new TableName(TOPICS, "mine");

    @Nested
    class OfTheGroup extends Contract {
        OfTheGroup() {
            super(Ports.ofTheGroup());
        }
    }

    @Nested
    class OfTheFake extends Contract {
        OfTheFake() {
            super(Ports.ofTheFake());
        }
    }

    abstract static class Contract {
        private final Ports ports;
        private int drawn;

        Contract(Ports ports) {
            this.ports = ports;
        }

        @AfterEach
        void stop() {
            ports.stop().run();
        }

        private MetadataCommands topics() {
            return ports.topics();
        }

        private TableCommands tables() {
            return ports.tables();
        }

        private TableImage image() {
            return ports.source().image().tables();
        }

        private void namespace(String... levels) {
            accepted(tables().createNamespace(TENANT, new Namespace(List.of(levels), Map.of())));
        }

        private Topic topic(String name, int partitions) {
            MetadataResult<Topic> result =
                    topics().createTopic(TENANT, name, partitions, Map.of()).join();
            assertThat(result).isInstanceOf(MetadataResult.Accepted.class);
            return ((MetadataResult.Accepted<Topic>) result).value();
        }

        private Epoch acquired(Topic topic) {
            return accepted(tables().acquireFeed(topic.id(), NODE));
        }

        private UUID fresh() {
            return new UUID(7, ++drawn);
        }

        private static TableChange.Create create(TableName name, UUID table, @Nullable TopicId topic) {
            return new TableChange.Create(name, table, "s3://weir/" + table, metadata(table, 1), topic);
        }

        private static TableChange.Replace replace(TableName name, UUID table, int from) {
            return new TableChange.Replace(name, table, metadata(table, from), metadata(table, from + 1));
        }

        private static String metadata(UUID table, int version) {
            return "s3://weir/" + table + "/metadata/v" + version + ".json";
        }

        private static FeedAdvance advance(TableName name, Topic topic, Epoch owner, long from, long to) {
            return new FeedAdvance(name, topic.id(), owner, moves(stream(topic, 0), from, to));
        }

        private static SortedMap<StreamId, OffsetRange> moves(StreamId stream, long from, long to) {
            return new TreeMap<>(Map.of(stream, new OffsetRange(from, to)));
        }

        private static StreamId stream(Topic topic, int partition) {
            return new StreamId(topic.blocks().getFirst().firstStream().value() + partition);
        }

        private CompletableFuture<TableResult<List<TablePointer>>> commit(TableChange... changes) {
            return tables().commit(TENANT, List.of(changes), null);
        }

        private CompletableFuture<TableResult<List<TablePointer>>> commit(FeedAdvance advance, TableChange... changes) {
            return tables().commit(TENANT, List.of(changes), advance);
        }

        private TablePointer table(TableName name) {
            return image().table(TENANT, name).orElseThrow();
        }

        /** A topic with a table that is fed. */
        private Topic fed(UUID table, Epoch expected) {
            namespace("topics");
            Topic topic = topic("orders", 2);
            assertThat(acquired(topic)).isEqualTo(expected);
            accepted(commit(advance(ORDERS, topic, expected, 0, 10), create(ORDERS, table, topic.id())));
            return topic;
        }

        @Test
        void namespacesLieInNamespacesOfOneTenant() {
            assertRefused(
                    tables().createNamespace(TENANT, new Namespace(List.of("a", "b"), Map.of())),
                    Rejection.UNKNOWN_NAMESPACE);
            namespace("a");
            namespace("a", "b");
            namespace("A");
            assertRefused(
                    tables().createNamespace(TENANT, new Namespace(List.of("a"), Map.of("k", "v"))),
                    Rejection.NAMESPACE_EXISTS);
            assertThat(image().namespaces(TENANT))
                    .extracting(Namespace::levels)
                    .containsExactly(List.of("A"), List.of("a"), List.of("a", "b"));
            assertThat(image().namespaces(OTHER)).isEmpty();
            assertThat(image().namespace(OTHER, List.of("a"))).isEmpty();
        }

        @Test
        void aNamespacesPropertiesAreSetAndTakenAway() {
            accepted(tables().createNamespace(TENANT, new Namespace(List.of("a"), Map.of("k", "v", "l", "w"))));
            Map<String, @Nullable String> changes = new HashMap<>();
            changes.put("k", null);
            changes.put("not there", null);
            changes.put("m", "x");
            Namespace changed = accepted(tables().alterNamespace(TENANT, List.of("a"), changes));
            assertThat(changed.properties()).isEqualTo(Map.of("l", "w", "m", "x"));
            assertThat(image().namespace(TENANT, List.of("a"))).contains(changed);
            assertThat(accepted(tables().alterNamespace(TENANT, List.of("a"), Map.of())))
                    .isEqualTo(changed);
            assertRefused(tables().alterNamespace(TENANT, List.of("b"), changes), Rejection.UNKNOWN_NAMESPACE);
            assertRefused(tables().alterNamespace(OTHER, List.of("a"), changes), Rejection.UNKNOWN_NAMESPACE);
        }

        @Test
        void aNamespaceIsDroppedWhenNothingLiesInIt() {
            namespace("topics");
            namespace("topics", "inner");
            assertRefused(tables().dropNamespace(TENANT, TOPICS), Rejection.NAMESPACE_NOT_EMPTY);
            accepted(tables().dropNamespace(TENANT, List.of("topics", "inner")));
            UUID table = fresh();
            accepted(commit(create(MINE, table, null)));
            assertRefused(tables().dropNamespace(TENANT, TOPICS), Rejection.NAMESPACE_NOT_EMPTY);
            accepted(tables().drop(TENANT, MINE, table, false));
            assertThat(accepted(tables().dropNamespace(TENANT, TOPICS))).isEqualTo(TOPICS);
            assertRefused(tables().dropNamespace(TENANT, TOPICS), Rejection.UNKNOWN_NAMESPACE);
            assertThat(image().namespaces(TENANT)).isEmpty();
        }

        @Test
        void aTableIsCreatedOnceAndChangesFromWhatItIs() {
            UUID table = fresh();
            assertRefused(commit(create(MINE, table, null)), Rejection.UNKNOWN_NAMESPACE);
            namespace("topics");
            TablePointer created = accepted(commit(create(MINE, table, null))).getFirst();
            assertThat(created)
                    .isEqualTo(new TablePointer(
                            TENANT,
                            MINE,
                            table,
                            "s3://weir/" + table,
                            metadata(table, 1),
                            null,
                            Collections.emptySortedMap()));
            assertThat(image().table(TENANT, MINE)).contains(created);
            assertThat(image().table(OTHER, MINE)).isEmpty();
            assertThat(tables().confirmed(TENANT, MINE).join()).contains(created);
            assertThat(tables().confirmed(TENANT, ORDERS).join()).isEmpty();
            assertRefused(commit(create(MINE, fresh(), null)), Rejection.TABLE_EXISTS);
            assertRefused(commit(create(ORDERS, table, null)), Rejection.INVALID_REQUEST);

            assertThat(accepted(commit(replace(MINE, table, 1))))
                    .extracting(TablePointer::metadataLocation)
                    .containsExactly(metadata(table, 2));
            assertRefused(commit(replace(MINE, table, 1)), Rejection.CHANGED);
            assertRefused(commit(replace(MINE, fresh(), 2)), Rejection.CHANGED);
            assertRefused(commit(replace(ORDERS, table, 2)), Rejection.UNKNOWN_TABLE);
            assertThat(table(MINE).metadataLocation()).isEqualTo(metadata(table, 2));
        }

        @Test
        void aCommitChangesAllTablesOrNone() {
            namespace("topics");
            UUID mine = fresh();
            UUID orders = fresh();
            List<TablePointer> both = accepted(commit(create(ORDERS, orders, null), create(MINE, mine, null)));
            assertThat(both).extracting(TablePointer::name).containsExactly(ORDERS, MINE);
            assertThat(image().tables(TENANT, TOPICS)).containsExactly(both.get(1), both.get(0));
            assertThat(image().tables()).containsExactlyInAnyOrderElementsOf(both);
            assertRefused(
                    commit(replace(ORDERS, orders, 1), replace(MINE, mine, 2), create(DEAD, fresh(), null)),
                    Rejection.CHANGED);
            assertThat(image().tables(TENANT, TOPICS)).containsExactly(both.get(1), both.get(0));
            UUID twice = fresh();
            assertRefused(
                    commit(create(DEAD, twice, null), create(new TableName(TOPICS, "x"), twice, null)),
                    Rejection.INVALID_REQUEST);
            assertThat(image().tables()).hasSize(2);
        }

        @Test
        void theWatermarkMovesWithTheTableFromWhereItIs() {
            UUID table = fresh();
            Topic topic = fed(table, new Epoch(1));
            StreamId first = stream(topic, 0);
            StreamId second = stream(topic, 1);
            assertThat(table(ORDERS).watermark()).isEqualTo(Map.of(first, 10L));
            assertThat(image().tableOf(topic.id())).contains(table(ORDERS));

            SortedMap<StreamId, OffsetRange> moves = new TreeMap<>();
            moves.put(first, new OffsetRange(10, 15));
            moves.put(second, new OffsetRange(0, 7));
            Epoch epoch = new Epoch(1);
            accepted(commit(new FeedAdvance(ORDERS, topic.id(), epoch, moves), replace(ORDERS, table, 1)));
            assertThat(table(ORDERS).watermark()).isEqualTo(Map.of(first, 15L, second, 7L));

            assertRefused(
                    commit(new FeedAdvance(ORDERS, topic.id(), epoch, moves), replace(ORDERS, table, 2)),
                    Rejection.NOT_AT_WATERMARK);
            assertRefused(
                    commit(advance(ORDERS, topic, epoch, 16, 20), replace(ORDERS, table, 2)),
                    Rejection.NOT_AT_WATERMARK);
            assertRefused(commit(advance(ORDERS, topic, epoch, 15, 20), replace(ORDERS, table, 1)), Rejection.CHANGED);
            assertThat(table(ORDERS).watermark()).isEqualTo(Map.of(first, 15L, second, 7L));
            assertThat(table(ORDERS).metadataLocation()).isEqualTo(metadata(table, 2));

            accepted(commit(replace(ORDERS, table, 2)));
            assertThat(table(ORDERS).watermark())
                    .as("what users commit moves no watermark")
                    .isEqualTo(Map.of(first, 15L, second, 7L));
            accepted(commit(advance(ORDERS, topic, epoch, 15, 15), replace(ORDERS, table, 3)));
            assertThat(table(ORDERS).watermark(first)).isEqualTo(15);
        }

        @Test
        void onlyThePresentOwnerMovesTheWatermark() {
            UUID table = fresh();
            Topic topic = fed(table, new Epoch(1));
            assertThat(acquired(topic)).isEqualTo(new Epoch(2));
            assertRefused(
                    commit(advance(ORDERS, topic, new Epoch(1), 10, 20), replace(ORDERS, table, 1)),
                    Rejection.STALE_OWNER);
            assertRefused(
                    commit(advance(ORDERS, topic, new Epoch(1), 0, 20), replace(ORDERS, table, 9)),
                    Rejection.STALE_OWNER);
            assertRefused(
                    commit(advance(ORDERS, topic, new Epoch(3), 10, 20), replace(ORDERS, table, 1)),
                    Rejection.STALE_OWNER);
            assertThat(table(ORDERS).watermark(stream(topic, 0))).isEqualTo(10);
            accepted(commit(advance(ORDERS, topic, new Epoch(2), 10, 20), replace(ORDERS, table, 1)));
            assertThat(table(ORDERS).watermark(stream(topic, 0))).isEqualTo(20);
        }

        @Test
        void aTopicThatNobodyAcquiredIsNotFed() {
            namespace("topics");
            Topic topic = topic("orders", 1);
            assertRefused(
                    commit(advance(ORDERS, topic, new Epoch(0), 0, 1), create(ORDERS, fresh(), topic.id())),
                    Rejection.STALE_OWNER);
            TopicId unknown = new TopicId(new UUID(1, 1));
            assertRefused(tables().acquireFeed(unknown, NODE), Rejection.UNKNOWN_TOPIC);
            assertRefused(commit(create(ORDERS, fresh(), unknown)), Rejection.UNKNOWN_TOPIC);
            assertRefused(
                    commit(
                            new FeedAdvance(ORDERS, unknown, new Epoch(1), new TreeMap<>()),
                            create(ORDERS, fresh(), null)),
                    Rejection.UNKNOWN_TOPIC);
        }

        @Test
        void theWatermarkIsOfOneTableAndOfTheTopicsOwnStreams() {
            UUID table = fresh();
            Topic topic = fed(table, new Epoch(1));
            Topic other = topic("other", 1);
            UUID dead = fresh();
            accepted(commit(
                    advance(ORDERS, topic, new Epoch(1), 10, 12),
                    replace(ORDERS, table, 1),
                    create(DEAD, dead, topic.id())));
            assertThat(table(DEAD).watermark()).isEmpty();
            assertThat(image().tableOf(topic.id())).contains(table(ORDERS));
            assertRefused(
                    commit(advance(DEAD, topic, new Epoch(1), 0, 12), replace(DEAD, dead, 1)),
                    Rejection.INVALID_REQUEST);
            assertRefused(
                    commit(
                            new FeedAdvance(ORDERS, topic.id(), new Epoch(1), moves(stream(other, 0), 0, 1)),
                            replace(ORDERS, table, 2)),
                    Rejection.INVALID_REQUEST);
            assertRefused(
                    commit(advance(MINE, topic, new Epoch(1), 12, 13), create(MINE, fresh(), topic.id())),
                    Rejection.LIMIT_REACHED);
            assertRefused(
                    commit(advance(MINE, topic, new Epoch(1), 12, 13), create(MINE, fresh(), null)),
                    Rejection.INVALID_REQUEST);
            assertThat(acquired(other)).isEqualTo(new Epoch(1));
            assertRefused(
                    commit(advance(ORDERS, other, new Epoch(1), 0, 1), replace(ORDERS, table, 2)),
                    Rejection.INVALID_REQUEST);
        }

        @Test
        void aTableThatIsRenamedKeepsItsFilesAndItsWatermark() {
            UUID table = fresh();
            Topic topic = fed(table, new Epoch(1));
            TableName elsewhere = new TableName(List.of("mine"), "renamed");
            assertRefused(tables().rename(TENANT, ORDERS, elsewhere), Rejection.UNKNOWN_NAMESPACE);
            namespace("mine");
            assertRefused(tables().rename(TENANT, DEAD, elsewhere), Rejection.UNKNOWN_TABLE);
            assertRefused(tables().rename(TENANT, ORDERS, ORDERS), Rejection.TABLE_EXISTS);
            TablePointer renamed = accepted(tables().rename(TENANT, ORDERS, elsewhere));
            assertThat(image().table(TENANT, ORDERS)).isEmpty();
            assertThat(renamed).isEqualTo(table(elsewhere));
            assertThat(renamed.table()).isEqualTo(table);
            assertThat(renamed.watermark(stream(topic, 0))).isEqualTo(10);
            assertThat(image().tables(TENANT, TOPICS)).isEmpty();
            assertThat(image().tables(TENANT, List.of("mine"))).containsExactly(renamed);
            accepted(commit(advance(elsewhere, topic, new Epoch(1), 10, 11), replace(elsewhere, table, 1)));
            assertThat(image().tableOf(topic.id()))
                    .hasValueSatisfying(
                            fed -> assertThat(fed.watermark(stream(topic, 0))).isEqualTo(11));
        }

        @Test
        void aDroppedTableTakesItsWatermarkWithIt() {
            UUID table = fresh();
            Topic topic = fed(table, new Epoch(1));
            assertRefused(tables().drop(TENANT, DEAD, table, true), Rejection.UNKNOWN_TABLE);
            assertRefused(tables().drop(TENANT, ORDERS, fresh(), true), Rejection.CHANGED);
            accepted(tables().drop(TENANT, ORDERS, table, true));
            assertThat(image().table(TENANT, ORDERS)).isEmpty();
            assertThat(image().tableOf(topic.id())).isEmpty();
            assertThat(image().dropped()).containsExactly(new DroppedTable(table, "s3://weir/" + table));
            assertRefused(commit(create(ORDERS, table, topic.id())), Rejection.INVALID_REQUEST);

            UUID again = fresh();
            accepted(commit(advance(ORDERS, topic, new Epoch(1), 0, 4), create(ORDERS, again, topic.id())));
            assertThat(table(ORDERS).watermark(stream(topic, 0))).isEqualTo(4);
            assertThat(accepted(tables().forgetDropped(table))).isEqualTo(table);
            assertThat(image().dropped()).isEmpty();
            assertThat(accepted(tables().forgetDropped(table))).isEqualTo(table);
            accepted(tables().drop(TENANT, ORDERS, again, false));
            assertThat(image().dropped()).isEmpty();
        }

        @Test
        void aDeletedTopicTakesItsTablesWithItAndIsAnotherOneWhenItIsCreatedAgain() {
            UUID table = fresh();
            Topic topic = fed(table, new Epoch(1));
            UUID dead = fresh();
            UUID mine = fresh();
            accepted(commit(create(DEAD, dead, topic.id()), create(MINE, mine, null)));
            assertThat(topics().deleteTopic(TENANT, topic.id()).join()).isInstanceOf(MetadataResult.Accepted.class);
            assertThat(image().tables(TENANT, TOPICS))
                    .extracting(TablePointer::table)
                    .containsExactly(mine);
            assertThat(image().dropped()).extracting(DroppedTable::table).containsExactlyInAnyOrder(table, dead);
            assertRefused(
                    commit(advance(ORDERS, topic, new Epoch(1), 10, 20), create(ORDERS, fresh(), topic.id())),
                    Rejection.UNKNOWN_TOPIC);

            Topic again = topic("orders", 1);
            UUID next = fresh();
            assertThat(acquired(again)).isEqualTo(new Epoch(1));
            accepted(commit(advance(ORDERS, again, new Epoch(1), 0, 1), create(ORDERS, next, again.id())));
            assertThat(image().tableOf(again.id()))
                    .hasValueSatisfying(fed -> assertThat(fed.table()).isEqualTo(next));
            assertThat(image().tableOf(topic.id())).isEmpty();
        }

        @Test
        void aCommitHasAsManyTablesStreamsAndCharactersAsItMay() {
            namespace("topics");
            TableChange[] changes = IntStream.rangeClosed(0, TableCommands.MAX_CHANGES)
                    .mapToObj(i -> create(new TableName(TOPICS, "t" + i), fresh(), null))
                    .toArray(TableChange[]::new);
            assertRefused(commit(changes), Rejection.INVALID_REQUEST);
            assertRefused(commit(), Rejection.INVALID_REQUEST);
            accepted(commit(
                    List.of(changes).subList(0, TableCommands.MAX_CHANGES).toArray(TableChange[]::new)));
            assertRefused(commit(create(MINE, fresh(), null), create(MINE, fresh(), null)), Rejection.INVALID_REQUEST);

            String longest = "s".repeat(TablePointer.MAX_LOCATION_CHARS);
            UUID mine = fresh();
            for (String illegal : List.of("", longest + "s")) {
                assertRefused(
                        commit(new TableChange.Create(MINE, mine, illegal, "m", null)), Rejection.INVALID_REQUEST);
                assertRefused(
                        commit(new TableChange.Create(MINE, mine, "l", illegal, null)), Rejection.INVALID_REQUEST);
                assertRefused(commit(new TableChange.Replace(MINE, mine, "m", illegal)), Rejection.INVALID_REQUEST);
            }
            accepted(commit(new TableChange.Create(MINE, mine, longest, longest, null)));
            assertRefused(commit(new TableChange.Replace(MINE, mine, longest, longest)), Rejection.INVALID_REQUEST);
        }

        @Test
        void anAdvanceMovesAsManyStreamsAsItMay() {
            namespace("topics");
            Topic topic = topic("wide", FeedAdvance.MAX_MOVES);
            Epoch epoch = acquired(topic);
            SortedMap<StreamId, OffsetRange> moves = new TreeMap<>();
            for (int i = 0; i < FeedAdvance.MAX_MOVES; i++) {
                moves.put(stream(topic, i), new OffsetRange(0, 1));
            }
            UUID table = fresh();
            accepted(commit(new FeedAdvance(ORDERS, topic.id(), epoch, moves), create(ORDERS, table, topic.id())));
            assertThat(table(ORDERS).watermark()).hasSize(FeedAdvance.MAX_MOVES);
            moves.put(stream(topic, FeedAdvance.MAX_MOVES), new OffsetRange(0, 1));
            assertRefused(
                    commit(new FeedAdvance(ORDERS, topic.id(), epoch, moves), replace(ORDERS, table, 1)),
                    Rejection.INVALID_REQUEST);
            assertRefused(
                    commit(advance(ORDERS, topic, epoch, 1, 2), create(MINE, fresh(), null)),
                    Rejection.INVALID_REQUEST);
        }

        @Test
        void aNamespaceHasAsManyPropertiesAndCharactersAsItMay() {
            Map<String, String> most = new HashMap<>();
            for (int i = 0; i < Namespace.MAX_PROPERTIES; i++) {
                most.put("k" + i, "v");
            }
            accepted(tables().createNamespace(TENANT, new Namespace(List.of("most"), most)));
            assertRefused(
                    tables().alterNamespace(TENANT, List.of("most"), Map.of("one more", "v")),
                    Rejection.INVALID_REQUEST);
            most.put("one more", "v");
            assertRefused(
                    tables().createNamespace(TENANT, new Namespace(List.of("more"), most)), Rejection.INVALID_REQUEST);
            assertRefused(tables().alterNamespace(TENANT, List.of("most"), most), Rejection.INVALID_REQUEST);

            String name = "n".repeat(Namespace.MAX_PROPERTY_NAME_CHARS);
            String value = "v".repeat(Namespace.MAX_PROPERTY_VALUE_CHARS);
            accepted(tables().createNamespace(TENANT, new Namespace(List.of("long"), Map.of(name, value))));
            for (Map<String, String> illegal : List.of(Map.of(name + "n", "v"), Map.of("k", value + "v"))) {
                assertRefused(
                        tables().createNamespace(TENANT, new Namespace(List.of("l"), illegal)),
                        Rejection.INVALID_REQUEST);
                assertRefused(
                        tables().alterNamespace(TENANT, List.of("long"), new HashMap<>(illegal)),
                        Rejection.INVALID_REQUEST);
            }
            Map<String, @Nullable String> removal = new HashMap<>();
            removal.put(name + "n", null);
            assertRefused(tables().alterNamespace(TENANT, List.of("long"), removal), Rejection.INVALID_REQUEST);
        }

        @Test
        void whatLiesTooDeepIsNotThere() {
            List<String> deepest = new ArrayList<>();
            for (int level = 0; level < Namespace.MAX_LEVELS; level++) {
                deepest.add("l" + level);
                namespace(deepest.toArray(String[]::new));
            }
            UUID table = fresh();
            accepted(commit(create(new TableName(deepest, "t"), table, null)));
            for (int levels : new int[] {0, Namespace.MAX_LEVELS + 1, 300}) {
                List<String> none = Collections.nCopies(levels, "l");
                TableName name = new TableName(none, "t");
                assertRefused(tables().dropNamespace(TENANT, none), Rejection.UNKNOWN_NAMESPACE);
                assertRefused(tables().alterNamespace(TENANT, none, Map.of()), Rejection.UNKNOWN_NAMESPACE);
                assertRefused(commit(create(name, fresh(), null)), Rejection.UNKNOWN_NAMESPACE);
                assertRefused(commit(replace(name, table, 1)), Rejection.UNKNOWN_TABLE);
                assertRefused(tables().drop(TENANT, name, table, true), Rejection.UNKNOWN_TABLE);
                assertRefused(tables().rename(TENANT, new TableName(deepest, "t"), name), Rejection.UNKNOWN_NAMESPACE);
                assertRefused(tables().rename(TENANT, name, new TableName(deepest, "u")), Rejection.UNKNOWN_TABLE);
            }
            String tooLong = "l".repeat(100_000);
            assertRefused(tables().dropNamespace(TENANT, List.of(tooLong)), Rejection.UNKNOWN_NAMESPACE);
        }

        private static <T> T accepted(CompletableFuture<TableResult<T>> future) {
            TableResult<T> result = future.join();
            assertThat(result).isInstanceOf(TableResult.Accepted.class);
            return ((TableResult.Accepted<T>) result).value();
        }

        private void assertRefused(CompletableFuture<? extends TableResult<?>> result, Rejection reason) {
            TableImage before = image();
            assertThat(result.join())
                    .isInstanceOfSatisfying(
                            TableResult.Rejected.class,
                            rejected -> assertThat(rejected.reason()).isEqualTo(reason));
            assertThat(image()).isSameAs(before);
        }
    }
}
