package io.weir.kafka.group.lag;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.group.coordinator.CommitObserver.Position;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class GroupLagTest {
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final Topic topic = metadata.create("orders", 3);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SteppedClock clock = new SteppedClock();
    private OptionalLong end = OptionalLong.of(0);
    private final GroupLag lag = new GroupLag(2, TenantId.DEFAULT, metadata, location -> end, meters, clock);

    @Test
    void tellsRecordsAndSecondsBehind() {
        end = OptionalLong.of(100);
        commit(0, 100);
        assertThat(gauge("weir.group.lag.records", 0)).isZero();
        assertThat(gauge("weir.group.lag.seconds", 0)).isZero();

        clock.step(10_000);
        end = OptionalLong.of(200);
        assertThat(gauge("weir.group.lag.records", 0)).isEqualTo(100);
        assertThat(gauge("weir.group.lag.seconds", 0)).isEqualTo(10);

        clock.step(30_000);
        commit(0, 150);
        assertThat(gauge("weir.group.lag.records", 0)).isEqualTo(50);
        assertThat(gauge("weir.group.lag.seconds", 0)).isBetween(30.0, 40.0);
    }

    @Test
    void takesAConsumerToHaveBeenAtTheEndWhenItCommittedBeforeARestart() {
        end = OptionalLong.of(500);
        lag.committed(position(0), topic.id(), 400, clock.millis() - 60_000);

        assertThat(gauge("weir.group.lag.seconds", 0)).isEqualTo(60);
    }

    @Test
    void exportsNoMoreSeriesThanAllowed() {
        commit(0, 1);
        commit(1, 1);
        commit(2, 1);

        assertThat(lag.size()).isEqualTo(2);
        assertThat(meters.get("weir.group.lag.commits.unmeasured").counter().count())
                .isEqualTo(1);
        assertThat(meters.find("weir.group.lag.records").gauges()).hasSize(2);

        lag.removed(position(0));
        commit(2, 1);
        assertThat(meters.find("weir.group.lag.records").gauges()).hasSize(2);
        assertThat(meters.find("weir.group.lag.records").tag("partition", "2").gauge())
                .isNotNull();
    }

    @Test
    void forgetsTheGroupsOfALostCell() {
        commit(0, 1);

        lag.cellLost(8);
        assertThat(lag.size()).isEqualTo(1);
        lag.cellLost(7);
        assertThat(lag.size()).isZero();
        assertThat(meters.find("weir.group.lag.seconds").gauges()).isEmpty();
    }

    @Test
    void saysNothingOfAnEndItDoesNotKnow() {
        commit(0, 1);
        end = OptionalLong.empty();

        assertThat(gauge("weir.group.lag.records", 0)).isNaN();
        assertThat(gauge("weir.group.lag.seconds", 0)).isNaN();
    }

    private void commit(int partition, long offset) {
        lag.committed(position(partition), new TopicId(topic.id().value()), offset, clock.millis());
    }

    private static Position position(int partition) {
        return new Position(7, "g", "orders", partition);
    }

    private double gauge(String name, int partition) {
        Gauge gauge = meters.get(name)
                .tag("partition", Integer.toString(partition))
                .tag("group", "g")
                .tag("topic", "orders")
                .gauge();
        return gauge.value();
    }

    private static final class SteppedClock extends Clock {
        private long nowMs = 1_000_000_000_000L;

        void step(long ms) {
            nowMs += ms;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(nowMs);
        }
    }
}
