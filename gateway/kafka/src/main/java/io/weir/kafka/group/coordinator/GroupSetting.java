package io.weir.kafka.group.coordinator;

/**
 * A setting that a group may carry, by Kafka's name.
 *
 * @param type the name of Kafka's {@code ConfigDef.Type}
 */
public record GroupSetting(String name, String defaultValue, String type, String documentation) {}
