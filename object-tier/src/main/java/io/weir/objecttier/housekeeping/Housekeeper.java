package io.weir.objecttier.housekeeping;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.ShardSegments;
import io.weir.objecttier.read.SegmentObjects;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the segments of every shard that is led here.
 *
 * <p>Threading: one virtual thread for all shards. A failing pass is repeated after a time that doubles up to
 * {@link #LONGEST_WAIT}; nothing but {@link #close} ends it.
 */
public final class Housekeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeper.class);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final HousekeepingConfig config;
    private final InstantSource clock;
    private final StoreClaim claim;
    private final Supplier<List<ShardSegments>> shards;
    private final Function<ShardSegments, ShardKeeper> keeperOf;
    private final List<ShardKeeper> keepers = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * Looks after nothing yet.
     *
     * @param shards by number, and more of them as time goes by
     * @param tables whether retention waits for the tables of topics
     * @param nonces random numbers for keys and ids
     * @param hold what keeps retired objects from being deleted
     */
    public Housekeeper(
            HousekeepingConfig config,
            Supplier<List<ShardSegments>> shards,
            MetadataSource metadata,
            boolean tables,
            ObjectStore store,
            SegmentObjects objects,
            LongSupplier nonces,
            DeletionHold hold,
            InstantSource clock) {
        this.config = config;
        this.clock = clock;
        this.claim = new StoreClaim(store, metadata);
        this.shards = shards;
        this.keeperOf =
                shard -> new ShardKeeper(config, shard, metadata, tables, store, objects, nonces, hold, clock.millis());
        lookForShards();
    }

    private void lookForShards() {
        List<ShardSegments> now = shards.get();
        now.subList(keepers.size(), now.size()).forEach(shard -> keepers.add(keeperOf.apply(shard)));
    }

    /**
     * Looks whose store it is, for so long at most: nothing is touched before this is known.
     *
     * @throws ServiceException {@code FENCED} when it is another cluster's
     */
    public void requireOwnStore(Duration atMost) {
        try {
            claim.take().orTimeout(atMost.toMillis(), TimeUnit.MILLISECONDS).join();
        } catch (CompletionException failure) {
            ServiceException cause = ServiceException.of(failure);
            if (cause.code() == FailureCode.FENCED) {
                throw cause;
            }
            LOG.atWarn()
                    .addKeyValue("failureCode", cause.code().label())
                    .addKeyValue("cause", cause.getMessage())
                    .log("Whose object store it is cannot be learned yet; it is not tidied until it can");
        }
    }

    /** Begins to work, and to show in the meters. */
    public void start(MeterRegistry meters) {
        register(meters);
        Thread.ofVirtual().name("housekeeping").start(this::run);
    }

    /** One pass over every shard; whether there is more to do at once. Failures of one shard do not keep the others. */
    boolean pass() {
        try {
            claim.take().join();
        } catch (CompletionException failure) {
            throw ServiceException.of(failure);
        }
        lookForShards();
        boolean more = false;
        Throwable first = null;
        for (ShardKeeper keeper : keepers) {
            try {
                more |= keeper.pass(clock.millis());
            } catch (RuntimeException | Error failure) {
                first = first == null ? failure : first;
            }
        }
        if (first != null) {
            throw ServiceException.of(first);
        }
        return more;
    }

    private void run() {
        Duration wait = config.interval();
        try {
            while (!closed.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                wait = passSafely(wait);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration passSafely(Duration lastWait) {
        try {
            return pass() ? Duration.ofMillis(1) : config.interval();
        } catch (RuntimeException | Error failure) {
            Duration wait = longer(lastWait);
            LOG.atWarn()
                    .addKeyValue("failureCode", ServiceException.of(failure).code())
                    .addKeyValue("waitMs", wait.toMillis())
                    .setCause(failure)
                    .log("Housekeeping failed and will be repeated");
            return wait;
        }
    }

    private Duration longer(Duration wait) {
        Duration doubled = wait.compareTo(config.interval()) < 0 ? config.interval() : wait.multipliedBy(2);
        return doubled.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : doubled;
    }

    private void register(MeterRegistry meters) {
        Gauge.builder("weir.garbage.collection.age.seconds", this, h -> h.ageMs(ShardKeeper::lastCollectionMs) / 1000.0)
                .description("Time since garbage was last collected without failure, of the shard that waits longest")
                .register(meters);
        Gauge.builder("weir.housekeeping.age.seconds", this, h -> h.ageMs(ShardKeeper::lastPassMs) / 1000.0)
                .description("Time since retention, merging and collection last went through, of the shard that waits"
                        + " longest")
                .register(meters);
        Gauge.builder("weir.segment.damaged.count", this, h -> h.sum(ShardKeeper::damaged))
                .description("Segments and manifests that are not aged or merged because of damage")
                .register(meters);
        Gauge.builder("weir.scrub.damaged.objects", this, h -> h.sum(ShardKeeper::foundDamaged))
                .description("Segments and manifests that were found damaged by reading through all of them")
                .register(meters);
        FunctionCounter.builder("weir.scrub.object.bytes", this, h -> h.sum(ShardKeeper::scrubbedBytes))
                .description("Read of the object store to find damage")
                .register(meters);
        FunctionCounter.builder("weir.garbage.deleted.objects", this, h -> h.sum(ShardKeeper::deletedObjects))
                .description("Retired objects that were deleted")
                .register(meters);
        FunctionCounter.builder("weir.garbage.deleted.orphans", this, h -> h.sum(ShardKeeper::deletedOrphans))
                .description("Objects that were deleted because no commit can ever refer to them")
                .register(meters);
        Gauge.builder("weir.table.hold.ratio", this, Housekeeper::tableHoldShare)
                .description("Of the time that retention waits for a lagging table at most, the share that is over")
                .register(meters);
        Gauge.builder(
                        "weir.segment.count",
                        this,
                        h -> h.total(s -> s.view().segments().size()
                                + s.view().manifests().stream()
                                        .mapToLong(ManifestRef::segments)
                                        .sum()))
                .description("Segments of the shards that are led here")
                .register(meters);
        Gauge.builder(
                        "weir.manifest.count",
                        this,
                        h -> h.total(s -> s.view().manifests().size()))
                .description("Manifests of the shards that are led here")
                .register(meters);
        Gauge.builder("weir.retired.count", this, h -> h.total(s -> s.retired().size()))
                .description("Objects that wait for their deletion")
                .register(meters);
    }

    private double tableHoldShare() {
        return keepers.stream().mapToDouble(ShardKeeper::tableHoldShare).max().orElse(0);
    }

    private double ageMs(ToLongFunction<ShardKeeper> last) {
        long oldest = keepers.stream().mapToLong(last).min().orElse(clock.millis());
        return Math.max(0, clock.millis() - oldest);
    }

    private double sum(ToLongFunction<ShardKeeper> what) {
        return keepers.stream().mapToLong(what).sum();
    }

    private double total(ToLongFunction<ShardSegments> what) {
        return shards.get().stream()
                .filter(shard -> shard.term().isPresent())
                .mapToLong(what)
                .sum();
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
