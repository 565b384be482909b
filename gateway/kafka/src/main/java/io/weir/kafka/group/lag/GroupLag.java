package io.weir.kafka.group.lag;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.group.coordinator.CommitObserver;
import java.time.Clock;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Consumer lag as meters: {@code weir.group.lag.records} and {@code weir.group.lag.seconds} for each group, topic and
 * partition with a committed offset, up to a bound on their number; commits beyond it are counted.
 *
 * <p>Records are exact as of this process's view of the partition's end. Seconds are an estimate: the time since the
 * committed position was the partition's end, see {@link EndHistory}. After a start the only thing known is when the
 * offset was committed, and the consumer is taken to have been at the end then.
 *
 * <p>Threading: any thread. Ownership: holds its meters, and removes each with its offset.
 */
public final class GroupLag implements CommitObserver {
    private final int maxSeries;
    private final TenantId tenant;
    private final MetadataSource metadata;
    private final StreamEnds ends;
    private final MeterRegistry meters;
    private final Clock clock;
    private final Counter beyondBound;
    private final Map<Position, Behind> positions = new ConcurrentHashMap<>();
    private final AtomicInteger tracked = new AtomicInteger();

    /** @param maxSeries most positions whose lag is measured */
    public GroupLag(
            int maxSeries,
            TenantId tenant,
            MetadataSource metadata,
            StreamEnds ends,
            MeterRegistry meters,
            Clock clock) {
        this.maxSeries = maxSeries;
        this.tenant = tenant;
        this.metadata = metadata;
        this.ends = ends;
        this.meters = meters;
        this.clock = clock;
        this.beyondBound = Counter.builder("weir.group.lag.commits.unmeasured")
                .description("Commits whose lag is not exported, because the bound on series is reached")
                .register(meters);
    }

    @Override
    public void committed(Position position, TopicId topic, long offset, long commitTimeMs) {
        Behind behind = positions.get(position);
        if (behind == null) {
            if (tracked.incrementAndGet() > maxSeries) {
                tracked.decrementAndGet();
                beyondBound.increment();
                return;
            }
            Behind fresh = new Behind(position);
            behind = positions.putIfAbsent(position, fresh);
            if (behind == null) {
                behind = fresh;
                fresh.register();
            } else {
                tracked.decrementAndGet();
            }
        }
        behind.committed(offset, commitTimeMs);
    }

    @Override
    public void removed(Position position) {
        Behind gone = positions.remove(position);
        if (gone != null) {
            tracked.decrementAndGet();
            gone.unregister();
        }
    }

    @Override
    public void cellLost(int cell) {
        positions.keySet().stream().filter(position -> position.cell() == cell).forEach(this::removed);
    }

    /** How many positions are measured. */
    public int size() {
        return positions.size();
    }

    private OptionalLong end(Position position) {
        return metadata.image()
                .topic(tenant, position.topic())
                .flatMap(topic -> topic.location(position.partition()))
                .map(ends::end)
                .orElse(OptionalLong.empty());
    }

    /** One group's place in one partition. */
    private final class Behind {
        private final Position position;
        private final EndHistory history = new EndHistory();
        private long committed = -1;
        private @Nullable Gauge records;
        private @Nullable Gauge seconds;

        Behind(Position position) {
            this.position = position;
        }

        void register() {
            Tags tags = Tags.of(
                    "group", position.group(),
                    "topic", position.topic(),
                    "partition", Integer.toString(position.partition()));
            Gauge inRecords = Gauge.builder("weir.group.lag.records", this, Behind::records)
                    .description("Records between the group's committed offset and the partition's end")
                    .tags(tags)
                    .register(meters);
            Gauge inSeconds = Gauge.builder("weir.group.lag.seconds", this, Behind::seconds)
                    .description("Estimated age of the first record the group has not committed")
                    .tags(tags)
                    .baseUnit("seconds")
                    .register(meters);
            synchronized (this) {
                records = inRecords;
                seconds = inSeconds;
            }
        }

        void unregister() {
            Meter inRecords;
            Meter inSeconds;
            synchronized (this) {
                inRecords = records;
                inSeconds = seconds;
            }
            if (inRecords != null && inSeconds != null) {
                meters.remove(inRecords);
                meters.remove(inSeconds);
            }
        }

        void committed(long offset, long commitTimeMs) {
            OptionalLong end = end(position);
            long now = clock.millis();
            synchronized (this) {
                if (committed < 0) {
                    history.sample(Math.min(commitTimeMs, now), offset);
                }
                committed = offset;
                end.ifPresent(at -> history.sample(now, at));
                history.passed(offset);
            }
        }

        double records() {
            OptionalLong end = end(position);
            synchronized (this) {
                return end.isEmpty() ? Double.NaN : Math.max(0, end.getAsLong() - committed);
            }
        }

        double seconds() {
            OptionalLong end = end(position);
            long now = clock.millis();
            synchronized (this) {
                if (end.isEmpty()) {
                    return Double.NaN;
                }
                history.sample(now, end.getAsLong());
                return end.getAsLong() <= committed ? 0 : Math.max(0, now - history.timeOf(committed, now)) / 1000.0;
            }
        }
    }
}
