package io.weir.kafka.config;

import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.TableConfig;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.kafka.protocol.GroupApis;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.jspecify.annotations.Nullable;

/** Every setting that topics, brokers and groups have, with Kafka's names and types. */
final class SettingCatalog {
    static final List<SettingDescription> TOPIC = List.of(
            topic(
                    TopicConfig.CLEANUP_POLICY,
                    ConfigType.LIST,
                    "log.cleanup.policy",
                    "What happens to old records: they are deleted. Compaction by key is not supported."),
            topic(
                    TopicConfig.COMPRESSION_TYPE,
                    ConfigType.STRING,
                    "compression.type",
                    "The codec that batches are stored with, or 'producer' to keep what the producer chose."),
            topic(
                    TopicConfig.MAX_MESSAGE_BYTES,
                    ConfigType.INT,
                    "message.max.bytes",
                    "The largest batch, in bytes, after compression."),
            topic(
                    TopicConfig.TIMESTAMP_TYPE,
                    ConfigType.STRING,
                    "log.message.timestamp.type",
                    "Whose clock stamps records: the producer's (CreateTime) or the gateway's (LogAppendTime)."),
            topic(
                    TopicConfig.MIN_INSYNC_REPLICAS,
                    ConfigType.INT,
                    "min.insync.replicas",
                    "Accepted for the sake of tools. Every acknowledgement means that a quorum has fsynced the record,"
                            + " whatever this says."),
            topic(
                    TopicConfig.RETENTION_BYTES,
                    ConfigType.LONG,
                    "log.retention.bytes",
                    "A partition's oldest data may be deleted while it is larger than this; -1 for no limit."),
            topic(
                    TopicConfig.RETENTION_MS,
                    ConfigType.LONG,
                    "log.retention.ms",
                    "Records older than this may be deleted; -1 to keep them for ever."),
            topic(
                    TopicConfig.SCHEMA_VALIDATION,
                    ConfigType.STRING,
                    null,
                    "Which parts of a record must carry the id of a registered schema: none, key, value or both."),
            topic(
                    TableConfig.COMMIT_INTERVAL,
                    ConfigType.STRING,
                    null,
                    "A record is in the topic's table about this long after it was acknowledged, at most."),
            topic(TableConfig.ENABLED, ConfigType.BOOLEAN, null, "Whether the topic is an Iceberg table as well."),
            topic(
                    TableConfig.FORMAT_VERSION,
                    ConfigType.STRING,
                    null,
                    "The Iceberg format version of a new table: 2, 3, or auto (3 where values are VARIANT)."),
            topic(
                    TableConfig.MAX_HOLD,
                    ConfigType.STRING,
                    null,
                    "How long the topic's retention waits for a table that lags."),
            topic(
                    TableConfig.ON_BAD_RECORD,
                    ConfigType.STRING,
                    null,
                    "What becomes of a record that has no place in the table: dead-letter, skip or suspend."),
            topic(
                    TableConfig.PARTITION_BY,
                    ConfigType.STRING,
                    null,
                    "How data files are set apart by timestamp: none, hour, day or month."),
            topic(
                    TableConfig.RETENTION,
                    ConfigType.STRING,
                    null,
                    "Rows older than this may be deleted from the table; -1 to keep them for ever."),
            topic(
                    TableConfig.VALUE_FORMAT,
                    ConfigType.STRING,
                    null,
                    "What the table makes of values: raw, utf8, json or avro."));

    private SettingCatalog() {}

    private static SettingDescription topic(
            String name, ConfigType type, @Nullable String brokerName, String documentation) {
        String byDefault = Objects.requireNonNull(TopicConfig.DEFAULT.settings().get(name));
        return new SettingDescription(name, byDefault, type.id(), documentation, brokerName);
    }

    /** A broker's settings: fixed facts and the defaults of topics. None can be changed through the protocol. */
    static List<SettingDescription> broker(ClusterNode self) {
        List<SettingDescription> all = new ArrayList<>();
        all.add(fact("advertised.listeners", "PLAINTEXT://" + self.kafkaHost() + ":" + self.kafkaPort()));
        all.add(fact("auto.create.topics.enable", "false"));
        all.add(fact("broker.id", Integer.toString(self.id().value())));
        all.add(fact("default.replication.factor", "1"));
        all.add(fact("group.consumer.assignors", "uniform,range"));
        all.add(fact("node.id", Integer.toString(self.id().value())));
        all.add(fact("num.partitions", "1"));
        for (SettingDescription topic : TOPIC) {
            @Nullable String name = topic.brokerName();
            if (name != null) {
                all.add(new SettingDescription(
                        name, topic.defaultValue(), topic.kafkaType(), topic.documentation(), null));
            }
        }
        return all;
    }

    private static SettingDescription fact(String name, String value) {
        return new SettingDescription(name, value, ConfigType.STRING.id(), "Fixed.", null);
    }

    static List<SettingDescription> group(GroupApis groups) {
        return groups.settings().stream()
                .map(setting -> new SettingDescription(
                        setting.name(), setting.defaultValue(), setting.kafkaType(), setting.documentation(), null))
                .toList();
    }
}
