package io.weir.kafka.config;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say of one setting.
 *
 * @param defaultValue in effect where nothing else is set
 * @param kafkaType the id of DescribeConfigs' type
 * @param brokerName what a broker calls the same setting, as a default for all its topics; null when it has no name
 */
record SettingDescription(
        String name,
        @Nullable String defaultValue,
        byte kafkaType,
        String documentation,
        @Nullable String brokerName) {
    /** The setting as DescribeConfigs shows it for a resource that may override it. */
    DescribeConfigsResourceResult shown(Map<String, String> overrides, ConfigSource overriding) {
        @Nullable String override = overrides.get(name);
        ConfigSource source = override == null ? ConfigSource.DEFAULT_CONFIG : overriding;
        DescribeConfigsSynonym byDefault = new DescribeConfigsSynonym()
                .setName(brokerName == null ? name : brokerName)
                .setValue(defaultValue)
                .setSource(ConfigSource.DEFAULT_CONFIG.id());
        List<DescribeConfigsSynonym> synonyms = override == null
                ? List.of(byDefault)
                : List.of(
                        new DescribeConfigsSynonym()
                                .setName(name)
                                .setValue(override)
                                .setSource(overriding.id()),
                        byDefault);
        return shown(override == null ? defaultValue : override, source, false).setSynonyms(synonyms);
    }

    /** The setting as DescribeConfigs shows it where it cannot be changed. */
    DescribeConfigsResourceResult shownReadOnly() {
        return shown(defaultValue, ConfigSource.STATIC_BROKER_CONFIG, true)
                .setSynonyms(List.of(new DescribeConfigsSynonym()
                        .setName(name)
                        .setValue(defaultValue)
                        .setSource(ConfigSource.STATIC_BROKER_CONFIG.id())));
    }

    private DescribeConfigsResourceResult shown(@Nullable String value, ConfigSource source, boolean readOnly) {
        return new DescribeConfigsResourceResult()
                .setName(name)
                .setValue(value)
                .setConfigSource(source.id())
                .setReadOnly(readOnly)
                .setIsSensitive(false)
                .setConfigType(kafkaType)
                .setDocumentation(documentation);
    }
}
