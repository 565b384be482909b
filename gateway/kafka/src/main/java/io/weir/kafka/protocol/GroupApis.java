package io.weir.kafka.protocol;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The consumer-group side of the gateway, as the rest of it knows it: handlers to register, and what may be set on a
 * group.
 */
public interface GroupApis extends AutoCloseable {
    /** A gateway without groups: nothing is advertised for them, and no group has settings. */
    GroupApis NONE = new GroupApis() {
        @Override
        public List<ApiHandler> handlers() {
            return List.of();
        }

        @Override
        public List<GroupSetting> settings() {
            return List.of();
        }

        @Override
        public Optional<String> refusal(Map<String, String> settings) {
            return Optional.of("Consumer groups have no settings here");
        }

        @Override
        public void start() {}

        @Override
        public void drain() {}

        @Override
        public void close() {}
    };

    /** FindCoordinator and every API of groups. */
    List<ApiHandler> handlers();

    /** Every setting a group may carry (KIP-848), for DescribeConfigs. */
    List<GroupSetting> settings();

    /** Why these settings of a group, all that differ from the defaults, are refused; empty when they are fine. */
    Optional<String> refusal(Map<String, String> settings);

    /** Called once clients can connect. */
    void start();

    /** Answers what waits, and coordinates no group any more; this gateway leaves the cluster next. */
    void drain();

    @Override
    void close();

    /**
     * A setting by Kafka's name.
     *
     * @param kafkaType the id of DescribeConfigs' type: 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list
     */
    record GroupSetting(String name, @Nullable String defaultValue, byte kafkaType, String documentation) {}
}
