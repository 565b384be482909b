package io.weir.launcher.serve;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.binder.system.DiskSpaceMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.weir.launcher.config.ServeConfig;
import java.time.Duration;
import java.util.stream.DoubleStream;

/** The registry that every role's meters go to, and the meters of what the operator allowed. */
final class ServerMeters {
    private static final double[] LATENCY_BUCKETS_NS = DoubleStream.of(0.5, 1, 2, 5, 10, 25, 50, 100, 250, 1000, 5000)
            .map(ms -> ms * Duration.ofMillis(1).toNanos())
            .toArray();

    private ServerMeters() {}

    static PrometheusMeterRegistry open(ServeConfig config) {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        meters.config().meterFilter(new TimersAreHistograms());
        Gauge.builder("weir.wal.limit.bytes", () -> config.wal().maxBytes().bytes())
                .description("wal-max-bytes")
                .register(meters);
        new DiskSpaceMetrics(config.dataDir().toFile()).bindTo(meters);
        return meters;
    }

    /** Prometheus cannot write a name that is a histogram under some tags and a summary under others. */
    private static final class TimersAreHistograms implements MeterFilter {
        @Override
        public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
            boolean isPlainTimer = id.getType() == Meter.Type.TIMER
                    && config.getServiceLevelObjectiveBoundaries() == null
                    && !Boolean.TRUE.equals(config.isPercentileHistogram());
            return isPlainTimer
                    ? DistributionStatisticConfig.builder()
                            .serviceLevelObjectives(LATENCY_BUCKETS_NS)
                            .build()
                            .merge(config)
                    : config;
        }
    }
}
