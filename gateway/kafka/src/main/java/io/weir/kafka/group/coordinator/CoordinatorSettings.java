package io.weir.kafka.group.coordinator;

import io.weir.contracts.cell.CellStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;

/** The coordinator's configuration in Kafka's terms, and the settings that a group may carry. Threading: immutable. */
final class CoordinatorSettings {
    /** Settings of share and streams groups are not among them: what is not acted upon is refused. */
    private static final String SUPPORTED_PREFIX = "consumer.";

    /** What a group's settings may ask for. */
    private static final int SHORTEST_HEARTBEAT_MS = 1_000;

    private static final int LONGEST_HEARTBEAT_MS = 15_000;

    private final GroupCoordinatorConfig coordinator;
    private final ShareGroupConfig share;

    CoordinatorSettings(ConsumerGroupsConfig config) {
        Map<String, Object> properties = modernGroups(config);
        properties.put(
                GroupCoordinatorConfig.GROUP_INITIAL_REBALANCE_DELAY_MS_CONFIG,
                Math.toIntExact(config.initialRebalanceDelay().toMillis()));
        properties.put(
                GroupCoordinatorConfig.GROUP_MIN_SESSION_TIMEOUT_MS_CONFIG,
                Math.toIntExact(config.minSessionTimeout().toMillis()));
        properties.put(
                GroupCoordinatorConfig.GROUP_MAX_SESSION_TIMEOUT_MS_CONFIG,
                Math.toIntExact(config.maxSessionTimeout().toMillis()));
        properties.put(GroupCoordinatorConfig.GROUP_MAX_SIZE_CONFIG, config.maxGroupSize());
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_MAX_SIZE_CONFIG, config.maxGroupSize());
        properties.put(GroupCoordinatorConfig.OFFSET_METADATA_MAX_SIZE_CONFIG, config.maxMetadataBytes());
        properties.put(
                GroupCoordinatorConfig.OFFSETS_RETENTION_MINUTES_CONFIG,
                Math.toIntExact(config.offsetsRetention().toMinutes()));
        properties.put(
                GroupCoordinatorConfig.OFFSETS_RETENTION_CHECK_INTERVAL_MS_CONFIG,
                config.offsetsRetentionCheck().toMillis());
        properties.put(
                GroupCoordinatorConfig.OFFSET_COMMIT_TIMEOUT_MS_CONFIG,
                Math.toIntExact(config.commitTimeout().toMillis()));
        properties.put(GroupCoordinatorConfig.OFFSETS_TOPIC_PARTITIONS_CONFIG, CellStore.CELLS);
        properties.put(GroupCoordinatorConfig.GROUP_COORDINATOR_NUM_THREADS_CONFIG, config.threads());
        properties.put(GroupCoordinatorConfig.GROUP_COORDINATOR_NUM_BACKGROUND_THREADS_CONFIG, 1);
        this.coordinator = GroupCoordinatorConfig.fromProps(properties);
        this.share = ShareGroupConfig.fromProps(Map.of());
    }

    private static Map<String, Object> modernGroups(ConsumerGroupsConfig config) {
        int sessionMs = Math.toIntExact(ConsumerGroupsConfig.SESSION_TIMEOUT.toMillis());
        int beatMs = Math.toIntExact(config.heartbeatInterval().toMillis());
        int shortestMs = Math.toIntExact(config.minSessionTimeout().toMillis());
        int longestMs = Math.toIntExact(config.maxSessionTimeout().toMillis());
        Map<String, Object> properties = new HashMap<>();
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_SESSION_TIMEOUT_MS_CONFIG, sessionMs);
        properties.put(
                GroupCoordinatorConfig.CONSUMER_GROUP_MIN_SESSION_TIMEOUT_MS_CONFIG, Math.min(shortestMs, sessionMs));
        properties.put(
                GroupCoordinatorConfig.CONSUMER_GROUP_MAX_SESSION_TIMEOUT_MS_CONFIG, Math.max(longestMs, sessionMs));
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_HEARTBEAT_INTERVAL_MS_CONFIG, beatMs);
        properties.put(
                GroupCoordinatorConfig.CONSUMER_GROUP_MIN_HEARTBEAT_INTERVAL_MS_CONFIG,
                Math.min(beatMs, SHORTEST_HEARTBEAT_MS));
        properties.put(
                GroupCoordinatorConfig.CONSUMER_GROUP_MAX_HEARTBEAT_INTERVAL_MS_CONFIG,
                Math.max(beatMs, LONGEST_HEARTBEAT_MS));
        return properties;
    }

    GroupCoordinatorConfig coordinator() {
        return coordinator;
    }

    GroupConfigManager groupConfigs() {
        return new GroupConfigManager(coordinator, share);
    }

    List<GroupSetting> settings() {
        List<GroupSetting> settings = new ArrayList<>();
        for (ConfigDef.ConfigKey key : GroupConfig.CONFIG_DEF.configKeys().values()) {
            if (supported(key)) {
                settings.add(new GroupSetting(
                        key.name,
                        String.valueOf(key.defaultValue),
                        key.type.name(),
                        String.valueOf(key.documentation)));
            }
        }
        return settings;
    }

    private static boolean supported(ConfigDef.ConfigKey key) {
        return key.name.startsWith(SUPPORTED_PREFIX) && !key.internalConfig;
    }

    Optional<String> refusal(Map<String, String> settings) {
        for (String name : settings.keySet()) {
            ConfigDef.ConfigKey key = GroupConfig.CONFIG_DEF.configKeys().get(name);
            if (key == null || !supported(key)) {
                return Optional.of("Unknown or unsupported group setting '" + name + "'; supported are "
                        + settings().stream().map(GroupSetting::name).sorted().toList());
            }
        }
        try {
            GroupConfig.validate(settings, coordinator, share);
            return Optional.empty();
        } catch (KafkaException refused) {
            return Optional.of(String.valueOf(refused.getMessage()));
        }
    }
}
