package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import io.weir.lakehouse.catalog.MetadataFiles;
import io.weir.lakehouse.columns.SchemasById;
import io.weir.lakehouse.sample.Fuse;
import io.weir.lakehouse.sample.MemoryStreamReader;
import io.weir.lakehouse.sample.PlainBatches;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import io.weir.lakehouse.storage.WarehouseFiles;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.object.MemoryObjectStore;
import io.weir.testsupport.streams.MemoryStreams;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.jspecify.annotations.Nullable;

/** Streams, tables and a store in memory, a clock that is set, and a sink that can be killed. */
final class SinkWorld {
    private static final long SHORT_STEP_MS = 20;
    private static final long MOST_STEPS = 10_000;

    static final long EPOCH_MS = 1_790_000_000_000L;

    private final Path staging;
    private final Random names;
    final MemoryMetadata metadata = new MemoryMetadata();
    final MemoryStreams streams = new MemoryStreams().following(metadata);
    final MemoryObjectStore store = new MemoryObjectStore();
    final Warehouse warehouse = Warehouse.of("weir", "");
    final MeterRegistry meters = new SimpleMeterRegistry();
    SchemasById schemas = SchemasById.NONE;
    FeedConfig config = small();
    long nowMs;
    long commitTakesMs;
    Fuse fuse = new Fuse();

    @Nullable TableFeeds feeds;

    SinkWorld(Path staging, long seed) {
        this.staging = staging;
        this.names = new Random(seed);
    }

    /** Bounds so small that tests reach them. */
    static FeedConfig small() {
        return new FeedConfig(
                1,
                32L << 20,
                256 << 10,
                1L << 20,
                1L << 20,
                64 << 10,
                64 << 10,
                3,
                8,
                Duration.ofSeconds(1),
                Duration.ofSeconds(30));
    }

    /** As {@link #small}, with memory for one file. */
    static FeedConfig narrow() {
        return new FeedConfig(
                1,
                9L << 20,
                256 << 10,
                1L << 20,
                1L << 20,
                64 << 10,
                64 << 10,
                3,
                8,
                Duration.ofSeconds(1),
                Duration.ofSeconds(30));
    }

    /** A process that feeds begins, and whatever ran before is gone. */
    void restart() {
        fuse.kill();
        startBesides();
    }

    /** A process that feeds begins; the one before does not know. */
    void startBesides() {
        fuse = new Fuse();
        fuse.atCommit(() -> nowMs += commitTakesMs);
        WarehouseFiles files = new WarehouseFiles(warehouse, fuse.store(store), StorageConfig.stagingIn(staging));
        FeedPorts ports = new FeedPorts(
                metadata,
                fuse.tables(metadata.tables()),
                new MemoryStreamReader(streams, this::isPresent),
                new PlainBatches(),
                new MetadataFiles(files),
                tenant -> schemas);
        TableFeeds next = new TableFeeds(
                ports, config, new NodeId(1), () -> nowMs, () -> new UUID(names.nextLong(), names.nextLong()), meters);
        next.follow();
        feeds = next;
    }

    private boolean isPresent(StreamLocation location) {
        return metadata.image().topics().stream()
                .flatMap(topic -> topic.blockOf(location.stream()).stream())
                .anyMatch(block -> block.shard().equals(location.shard())
                        && block.incarnation().equals(location.incarnation()));
    }

    TableFeeds feeds() {
        return Objects.requireNonNull(feeds);
    }

    /** Lets the time pass, and does what is due meanwhile. */
    void run(Duration time) {
        run(time, feeds());
    }

    void run(Duration time, TableFeeds running) {
        long end = nowMs + time.toMillis();
        long step = Math.max(SHORT_STEP_MS, time.toMillis() / MOST_STEPS);
        while (true) {
            int steps = 0;
            while (!fuse.dead() && running.runOne()) {
                if (++steps > 10_000) {
                    throw new AssertionError("The feed is never done at " + nowMs);
                }
            }
            if (nowMs >= end) {
                return;
            }
            nowMs = Math.min(end, nowMs + step);
        }
    }

    void configure(String topic, String setting, String value) {
        MetadataResult<Topic> result = metadata.configureTopic(
                        TenantId.DEFAULT, topic, Map.of(setting, value), false, false)
                .join();
        assertThat(result).isInstanceOf(MetadataResult.Accepted.class);
    }

    void trim(String topic, int partition, long offset) {
        streams.trim(topic(topic).location(partition).orElseThrow(), offset).join();
    }

    /** Somebody changes the table as it is. */
    void commitAsUser(String topic, Consumer<Table> change) {
        TablePointer pointer = Objects.requireNonNull(pointer(topic));
        TableMetadata present = TableMetadataParser.read(files(), pointer.metadataLocation());
        StagedTable staged = new StagedTable(new MetadataFiles(files()), present);
        change.accept(new BaseTable(staged, topic));
        TableMetadata changed = staged.write();
        var result = metadata.tables()
                .commit(
                        TenantId.DEFAULT,
                        List.of(new TableChange.Replace(
                                pointer.name(),
                                pointer.table(),
                                pointer.metadataLocation(),
                                changed.metadataFileLocation())),
                        null)
                .join();
        assertThat(result).isInstanceOf(TableResult.Accepted.class);
    }

    void createUsersTable(List<String> namespace, String name) {
        metadata.tables()
                .createNamespace(TenantId.DEFAULT, new Namespace(namespace, Map.of()))
                .join();
        UUID id = new UUID(names.nextLong(), names.nextLong());
        String location = warehouse.root() + "/user/" + id;
        var result = metadata.tables()
                .commit(
                        TenantId.DEFAULT,
                        List.of(new TableChange.Create(
                                new TableName(namespace, name), id, location, location + "/metadata/0.json", null)),
                        null)
                .join();
        assertThat(result).isInstanceOf(TableResult.Accepted.class);
    }

    WarehouseFiles files() {
        return new WarehouseFiles(warehouse, store, StorageConfig.stagingIn(staging));
    }

    Topic topic(String name) {
        return metadata.image().topic(TenantId.DEFAULT, name).orElseThrow();
    }

    void produce(String topic, int partition, PlainBatches.Entry... entries) {
        StreamLocation location = topic(topic).location(partition).orElseThrow();
        streams.append(location, PlainBatches.batch(List.of(entries))).join();
    }

    @Nullable TablePointer pointer(String topic) {
        return metadata.image().tables().tableOf(topic(topic).id()).orElse(null);
    }

    Table table(TablePointer pointer) {
        return new BaseTable(
                new StaticTableOperations(pointer.metadataLocation(), files()),
                pointer.name().toString());
    }

    Table table(String topic) {
        return table(Objects.requireNonNull(pointer(topic), "no table of " + topic));
    }

    List<Record> rows(String topic) {
        return pointer(topic) == null ? List.of() : rows(table(topic));
    }

    List<Record> deadLetters(String topic) {
        return metadata.image()
                .tables()
                .table(TenantId.DEFAULT, new TableName(List.of("dead_letters"), topic))
                .map(pointer -> rows(table(pointer)))
                .orElse(List.of());
    }

    static List<Record> rows(Table table) {
        List<Record> rows = new ArrayList<>();
        try (CloseableIterable<Record> read = IcebergGenerics.read(table).build()) {
            read.forEach(rows::add);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
        return rows;
    }
}
