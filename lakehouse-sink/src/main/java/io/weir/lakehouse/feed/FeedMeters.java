package io.weir.lakehouse.feed;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.weir.contracts.metadata.Topic;
import java.util.ArrayList;
import java.util.List;

/** What is measured of each topic's table. Threading: any thread. */
final class FeedMeters {
    private final MeterRegistry meters;

    FeedMeters(MeterRegistry meters) {
        this.meters = meters;
    }

    OfTopic of(Topic topic) {
        return new OfTopic(topic);
    }

    /** One topic's; made when there is something to measure. */
    final class OfTopic {
        private final Tags tags;
        private final List<Meter> made = new ArrayList<>();
        private final Counter commits;
        private final Counter records;
        private final Counter badRecords;
        private final Counter failures;
        private volatile double freshnessSeconds;
        private volatile double lag;
        private volatile double suspended;
        private volatile double failing;

        OfTopic(Topic topic) {
            this.tags = Tags.of("tenant", topic.tenant().name(), "topic", topic.name());
            this.commits = counter("weir.table.commits", "Commits of records to the table");
            this.records = counter("weir.table.records", "Records written to the table");
            this.badRecords = counter("weir.table.records.bad", "Records that have no place in the table");
            this.failures = counter("weir.table.failures", "Commits that failed and are tried again");
            made.add(Gauge.builder("weir.table.freshness.seconds", this, self -> self.freshnessSeconds)
                    .description("How long the oldest record that is not in the table has been known of")
                    .tags(tags)
                    .register(meters));
            made.add(Gauge.builder("weir.table.lag", this, self -> self.lag)
                    .description("Records that are not in the table")
                    .tags(tags)
                    .register(meters));
            made.add(Gauge.builder("weir.table.suspended", this, self -> self.suspended)
                    .description("1 while the table stands before a bad record, or another owner feeds it")
                    .tags(tags)
                    .register(meters));
            made.add(Gauge.builder("weir.table.failing", this, self -> self.failing)
                    .description("1 from a failed commit to the next that succeeds")
                    .tags(tags)
                    .register(meters));
        }

        private Counter counter(String name, String description) {
            Counter counter =
                    Counter.builder(name).description(description).tags(tags).register(meters);
            made.add(counter);
            return counter;
        }

        void waiting(double seconds, long recordsWaiting) {
            freshnessSeconds = seconds;
            lag = (double) recordsWaiting;
        }

        void committed(long count) {
            commits.increment();
            records.increment((double) count);
            failing = 0;
            suspended = 0;
        }

        void bad() {
            badRecords.increment();
        }

        void failed() {
            failures.increment();
            failing = 1;
        }

        void suspended(boolean is) {
            suspended = is ? 1 : 0;
        }

        void close() {
            made.forEach(meters::remove);
        }
    }
}
