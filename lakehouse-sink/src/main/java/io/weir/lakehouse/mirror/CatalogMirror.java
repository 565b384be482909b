package io.weir.lakehouse.mirror;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.table.TableImage;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.catalog.CatalogPorts;
import io.weir.lakehouse.catalog.PointerCatalog;
import io.weir.lakehouse.catalog.TopicNamespaces;
import io.weir.lakehouse.mirror.OtherCatalog.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows the tables of a tenant's topics, and their dead letters, in another catalog
 * (docs/adr/0006-other-catalogs-follow.md).
 *
 * <p>A table's own pointer is asked for, of the metadata group's leader, after the other catalog was: so what replaces
 * the one that was found there is never older than it, and where the other catalog compares and sets, its tables never
 * go back, however late somebody wakes.
 *
 * <p>Threading: one virtual thread, or {@link #pass} on the caller's; never both. Tables that cannot be shown are tried
 * again, each at its own pace.
 */
public final class CatalogMirror implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CatalogMirror.class);
    private static final Duration CLOSING = Duration.ofSeconds(5);
    private static final long FIRST_RETRY_MS = 1_000;
    private static final long LAST_RETRY_MS = 60_000;
    private static final int MOST_DOUBLINGS = 6;
    private static final int LOGGED_FAILURES = 3;

    /** So many failures in a row are the catalog's, not the tables'. */
    private static final int MOST_IN_A_ROW = 3;

    private final MirrorConfig config;
    private final CatalogPorts ports;
    private final PointerCatalog own;
    private final LongSupplier monotonicMs;
    private final Map<UUID, Shown> shown = new HashMap<>();
    private final Map<UUID, Failing> failing = new HashMap<>();
    private final LongAdder failures = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable OtherCatalog other;
    private @Nullable Failing catalogFailing;
    private long recheckAtMs;
    private volatile long lastSoundMs;
    private @Nullable Thread thread;

    private record Shown(TableName name, String location) {}

    private record Failing(int times, long retryAtMs) {}

    /** A mirror that does nothing yet. */
    public CatalogMirror(MirrorConfig config, CatalogPorts ports, LongSupplier monotonicMs) {
        this.config = config;
        this.ports = ports;
        this.own = new PointerCatalog(ports);
        this.monotonicMs = monotonicMs;
        this.recheckAtMs = monotonicMs.getAsLong();
        this.lastSoundMs = monotonicMs.getAsLong();
    }

    /** Begins to work, and to show in the meters; to be called once. */
    public synchronized void start(MeterRegistry meters) {
        Gauge.builder("weir.table.catalog.age.seconds", this, CatalogMirror::ageSeconds)
                .description("Time since every table was last found in the other catalog as it is")
                .register(meters);
        FunctionCounter.builder("weir.table.catalog.failures", failures, LongAdder::sum)
                .description("Attempts to show a table in the other catalog that failed and will be repeated")
                .register(meters);
        thread = Thread.ofVirtual().name("table-catalog").start(this::run);
    }

    private double ageSeconds() {
        return Math.max(0, monotonicMs.getAsLong() - lastSoundMs) / 1000.0;
    }

    private void run() {
        try {
            while (!closed.await(config.interval().toMillis(), TimeUnit.MILLISECONDS)) {
                pass();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            closeOther();
        }
    }

    /**
     * Shows what has changed; whether the other catalog has everything. Does nothing while it waits after a failure.
     */
    public boolean pass() {
        long now = monotonicMs.getAsLong();
        Failing before = catalogFailing;
        if (before != null && now < before.retryAtMs()) {
            return false;
        }
        try {
            boolean sound = pass(opened(), now);
            catalogFailing = null;
            if (sound) {
                lastSoundMs = now;
            }
            return sound;
        } catch (RuntimeException | Error failure) {
            if (closed.getCount() > 0) {
                catalogFailing = failed(before, now, "every table", failure);
            }
            return false;
        }
    }

    private OtherCatalog opened() {
        OtherCatalog open = other;
        if (open == null) {
            open = OtherCatalog.open(config, ports.metadata().files());
            other = open;
        }
        return open;
    }

    private boolean pass(OtherCatalog to, long now) {
        TableImage image = ports.image().get();
        if (now >= recheckAtMs) {
            hideUnknown(to, image);
            shown.clear();
            recheckAtMs = now + config.recheck().toMillis();
        }
        List<TablePointer> wanted = image.tables().stream()
                .filter(table -> table.topic() != null && table.tenant().equals(ports.tenant()))
                .toList();
        hideGone(to, wanted);
        int inARow = 0;
        for (TablePointer table : wanted) {
            Failing before = failing.get(table.table());
            boolean waits = before != null && now < before.retryAtMs();
            if (waits || new Shown(table.name(), table.metadataLocation()).equals(shown.get(table.table()))) {
                continue;
            }
            try {
                show(to, table);
                failing.remove(table.table());
                inARow = 0;
            } catch (RuntimeException | Error failure) {
                if (closed.getCount() == 0) {
                    throw failure;
                }
                failing.put(table.table(), failed(before, now, table.name().toString(), failure));
                if (++inARow == MOST_IN_A_ROW) {
                    throw failure;
                }
            }
        }
        return failing.isEmpty();
    }

    private Failing failed(@Nullable Failing before, long now, String what, Throwable failure) {
        failures.increment();
        int times = before == null ? 1 : before.times() + 1;
        var level = times <= LOGGED_FAILURES ? LOG.atWarn() : LOG.atDebug();
        level.addKeyValue("table", what)
                .addKeyValue("failures", times)
                .setCause(failure)
                .log("A table could not be shown in the other catalog; this will be repeated");
        long wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS << Math.min(times - 1, MOST_DOUBLINGS));
        return new Failing(times, now + wait);
    }

    private void show(OtherCatalog to, TablePointer table) {
        TableIdentifier name = identifier(table.name());
        Entry found = to.at(name);
        Optional<TablePointer> present = own.confirmed(table.name());
        if (present.isEmpty() || !present.get().table().equals(table.table())) {
            return;
        }
        String location = present.get().metadataLocation();
        if (!isAt(found, location)) {
            TableMetadata metadata = ports.metadata().read(location);
            to.show(name, found, metadata);
            if (!isAt(to.at(name), location)) {
                throw new IllegalStateException("The other catalog does not show " + location + " as " + name);
            }
        }
        shown.put(table.table(), new Shown(table.name(), location));
    }

    private static boolean isAt(Entry entry, String location) {
        return entry instanceof Entry.Present present && location.equals(present.location());
    }

    /** Takes out what was shown and is not there any more, or has another name. */
    private void hideGone(OtherCatalog to, List<TablePointer> wanted) {
        Map<UUID, TableName> names = new HashMap<>();
        wanted.forEach(table -> names.put(table.table(), table.name()));
        failing.keySet().retainAll(names.keySet());
        for (Map.Entry<UUID, Shown> was : List.copyOf(shown.entrySet())) {
            TableName name = was.getValue().name();
            if (!name.equals(names.get(was.getKey()))) {
                hide(to, identifier(name), name);
                shown.remove(was.getKey());
            }
        }
    }

    /** Takes out what an earlier process has left. */
    private void hideUnknown(OtherCatalog to, TableImage image) {
        for (List<String> levels : List.of(TopicNamespaces.TOPICS, TopicNamespaces.DEAD_LETTERS)) {
            Set<String> known = new HashSet<>();
            image.tables(ports.tenant(), levels)
                    .forEach(table -> known.add(table.name().name()));
            List<TableIdentifier> unknown = new ArrayList<>(to.tables(Namespace.of(levels.toArray(String[]::new))));
            unknown.removeIf(name -> known.contains(name.name()));
            unknown.forEach(name -> hide(to, name, new TableName(levels, name.name())));
        }
    }

    /** Unless it is somebody else's, or the name has a table again. */
    private void hide(OtherCatalog to, TableIdentifier identifier, TableName name) {
        boolean ours = switch (to.at(identifier)) {
            case Entry.Present present -> true;
            case Entry.Dangling() -> true;
            case Entry.Absent(), Entry.Foreign() -> false;
        };
        if (ours && own.confirmed(name).isEmpty()) {
            to.hide(identifier);
        }
    }

    private static TableIdentifier identifier(TableName name) {
        return TableIdentifier.of(Namespace.of(name.namespace().toArray(String[]::new)), name.name());
    }

    private void closeOther() {
        OtherCatalog open = other;
        other = null;
        if (open != null) {
            open.close();
        }
    }

    /** Interrupts what is being done, and waits for its end, but not for long. */
    @Override
    public synchronized void close() {
        closed.countDown();
        if (thread == null) {
            closeOther();
            return;
        }
        thread.interrupt();
        try {
            thread.join(CLOSING);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
