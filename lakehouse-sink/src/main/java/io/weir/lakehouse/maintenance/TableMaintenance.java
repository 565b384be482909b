package io.weir.lakehouse.maintenance;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.catalog.PointerCatalog;
import io.weir.lakehouse.storage.WarehouseFiles;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the tables of a tenant's topics, and deletes what dropped tables leave. Tables that users made are theirs
 * to look after.
 *
 * <p>Threading: one platform thread, since a compaction would keep a carrier busy; {@link #compact} and {@link #expire}
 * run on the caller's, one table at a time with it. A table that fails does not keep the others, and is looked at again
 * at the next pass.
 */
public final class TableMaintenance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TableMaintenance.class);

    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final MaintenanceConfig config;
    private final Ports ports;
    private final DroppedFiles dropped;
    private final ReentrantLock working = new ReentrantLock();
    private final Map<UUID, TableUpkeep> upkeep = new HashMap<>();
    private final LongAdder failures = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile long lastPassMs;
    private @Nullable Thread thread;

    /** What maintenance stands on. */
    public record Ports(
            TenantId tenant,
            PointerCatalog catalog,
            MetadataSource metadata,
            WarehouseFiles files,
            InstantSource clock) {}

    public TableMaintenance(MaintenanceConfig config, Ports ports) {
        this.config = config;
        this.ports = ports;
        this.dropped = new DroppedFiles(ports.files(), ports.catalog(), config.dropGrace());
        this.lastPassMs = ports.clock().millis();
    }

    /** Begins to work, and to show in the meters; to be called once. */
    public synchronized void start(MeterRegistry meters) {
        Gauge.builder("weir.table.maintenance.age.seconds", this, TableMaintenance::passAgeSeconds)
                .description("Time since every table was last looked after without a failure")
                .register(meters);
        FunctionCounter.builder("weir.table.maintenance.failures", failures, LongAdder::sum)
                .description("Looks at tables that failed and will be repeated")
                .register(meters);
        thread = Thread.ofPlatform().daemon().name("weir-table-maintenance").start(this::run);
    }

    private double passAgeSeconds() {
        return Math.max(0, ports.clock().millis() - lastPassMs) / 1000.0;
    }

    private void run() {
        try {
            while (!closed.await(config.interval().toMillis(), TimeUnit.MILLISECONDS)) {
                pass();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks at every table once; whether none failed. */
    boolean pass() {
        boolean sound = deleteDropped();
        Set<UUID> present = new HashSet<>();
        for (TablePointer pointer : ports.metadata().image().tables().tables()) {
            if (closed.getCount() == 0) {
                return sound;
            }
            if (pointer.topic() != null && pointer.tenant().equals(ports.tenant())) {
                present.add(pointer.table());
                sound &= look(pointer);
            }
        }
        working.lock();
        try {
            upkeep.keySet().retainAll(present);
        } finally {
            working.unlock();
        }
        if (sound) {
            lastPassMs = ports.clock().millis();
        }
        return sound;
    }

    private boolean deleteDropped() {
        try {
            dropped.pass(
                    ports.metadata().image().tables().dropped(), ports.clock().millis());
            return true;
        } catch (RuntimeException | Error failure) {
            failures.increment();
            LOG.atWarn().setCause(failure).log("Files of dropped tables could not be deleted; this will be repeated");
            return false;
        }
    }

    private boolean look(TablePointer pointer) {
        long nowMs = ports.clock().millis();
        working.lock();
        try {
            upkeep(pointer, nowMs).look(pointer, () -> load(pointer), retentionMs(pointer), nowMs);
            return true;
        } catch (RuntimeException | Error failure) {
            if (closed.getCount() == 0 || isGone(pointer)) {
                return true;
            }
            failures.increment();
            LOG.atWarn()
                    .addKeyValue("table", pointer.name())
                    .setCause(failure)
                    .log("A table could not be looked after; this will be repeated");
            return false;
        } finally {
            working.unlock();
        }
    }

    private boolean isGone(TablePointer pointer) {
        return ports.metadata()
                .image()
                .tables()
                .table(pointer.tenant(), pointer.name())
                .isEmpty();
    }

    private TableUpkeep upkeep(TablePointer pointer, long nowMs) {
        return upkeep.computeIfAbsent(pointer.table(), id -> new TableUpkeep(config, ports.files(), nowMs));
    }

    /** A dead letter is kept as long as a row. */
    private long retentionMs(TablePointer pointer) {
        TopicId topic = pointer.topic();
        MetadataImage image = ports.metadata().image();
        return topic == null
                ? -1
                : image.topic(topic)
                        .map(of -> of.config().table().retentionMs())
                        .orElse(-1L);
    }

    Table load(TablePointer pointer) {
        List<String> levels = pointer.name().namespace();
        return ports.catalog()
                .loadTable(TableIdentifier.of(
                        Namespace.of(levels.toArray(String[]::new)),
                        pointer.name().name()));
    }

    TenantId tenant() {
        return ports.tenant();
    }

    MetadataImage image() {
        return ports.metadata().image();
    }

    /** Merges a table's small data files, however few there are. */
    Compaction.Outcome compact(TablePointer pointer) {
        return alone(
                pointer,
                table -> upkeepNow(pointer).compact(table, ports.clock().millis(), true));
    }

    /** Expires a table's snapshots that are too many; how many there were. */
    int expire(TablePointer pointer) {
        return alone(
                pointer, table -> upkeepNow(pointer).expire(table, ports.clock().millis()));
    }

    private TableUpkeep upkeepNow(TablePointer pointer) {
        return upkeep(pointer, ports.clock().millis());
    }

    private <T> T alone(TablePointer pointer, Function<Table, T> work) {
        working.lock();
        try {
            return work.apply(load(pointer));
        } finally {
            working.unlock();
        }
    }

    /** Interrupts what is being done, and waits for its end, but not for long. */
    @Override
    public synchronized void close() {
        closed.countDown();
        if (thread != null) {
            thread.interrupt();
            try {
                thread.join(CLOSING);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
