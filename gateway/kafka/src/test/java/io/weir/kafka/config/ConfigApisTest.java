package io.weir.kafka.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.kafka.NoConnection;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.GroupApis;
import io.weir.kafka.protocol.KafkaClient;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;
import org.apache.kafka.common.requests.ListConfigResourcesRequest;
import org.apache.kafka.common.requests.ListConfigResourcesResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConfigApisTest {
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final List<ApiHandler> handlers = ConfigApis.handlers(
            metadata, metadata, new OneSettingGroups(), () -> new ClusterNode(new NodeId(1), "here", 9092));

    @BeforeEach
    void oneTopic() {
        metadata.createTopic(TenantId.DEFAULT, "t", 1, Map.of(TopicConfig.RETENTION_MS, "5"))
                .join();
    }

    @Test
    void describesOverridesAndDefaultsOfATopic() {
        DescribeConfigsResult result = describe(ConfigResource.Type.TOPIC, "t", null);

        assertThat(result.configs())
                .extracting(DescribeConfigsResourceResult::name)
                .containsExactlyInAnyOrderElementsOf(TopicConfig.names());
        DescribeConfigsResourceResult retention = setting(result, TopicConfig.RETENTION_MS);
        assertThat(retention.value()).isEqualTo("5");
        assertThat(retention.configSource()).isEqualTo(ConfigSource.TOPIC_CONFIG.id());
        assertThat(retention.synonyms()).hasSize(2);
        assertThat(retention.documentation()).isNotEmpty();
        assertThat(setting(result, TopicConfig.RETENTION_BYTES).configSource())
                .isEqualTo(ConfigSource.DEFAULT_CONFIG.id());
    }

    @Test
    void describesOnlyWhatIsAskedFor() {
        assertThat(describe(ConfigResource.Type.TOPIC, "t", List.of(TopicConfig.RETENTION_MS, "no.such.setting"))
                        .configs())
                .extracting(DescribeConfigsResourceResult::name)
                .containsExactly(TopicConfig.RETENTION_MS);
    }

    @Test
    void describesABrokerAsReadOnly() {
        assertThat(describe(ConfigResource.Type.BROKER, "1", null).configs())
                .isNotEmpty()
                .allMatch(DescribeConfigsResourceResult::readOnly);
        assertThat(describe(ConfigResource.Type.BROKER, "2", null).errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
    }

    @Test
    void namesTheMissingTopic() {
        DescribeConfigsResult result = describe(ConfigResource.Type.TOPIC, "nowhere", null);

        assertThat(result.errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(result.errorMessage()).contains("nowhere");
    }

    @ParameterizedTest
    @EnumSource(
            value = ConfigResource.Type.class,
            names = {"BROKER_LOGGER", "CLIENT_METRICS", "UNKNOWN"})
    void refusesResourcesWithoutSettings(ConfigResource.Type type) {
        assertThat(describe(type, "x", null).errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(change(type, "x", OpType.SET, "a", "b", false)).isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void setsAndDeletesSingleSettingsOfATopic() {
        assertThat(change(ConfigResource.Type.TOPIC, "t", OpType.SET, TopicConfig.RETENTION_BYTES, "7", false))
                .isEqualTo(Errors.NONE);
        assertThat(overrides())
                .containsOnly(Map.entry(TopicConfig.RETENTION_MS, "5"), Map.entry(TopicConfig.RETENTION_BYTES, "7"));

        assertThat(change(ConfigResource.Type.TOPIC, "t", OpType.DELETE, TopicConfig.RETENTION_MS, null, false))
                .isEqualTo(Errors.NONE);
        assertThat(overrides()).containsOnly(Map.entry(TopicConfig.RETENTION_BYTES, "7"));
    }

    @Test
    void onlyChecksWhenAskedTo() {
        assertThat(change(ConfigResource.Type.TOPIC, "t", OpType.SET, TopicConfig.RETENTION_MS, "9", true))
                .isEqualTo(Errors.NONE);
        assertThat(change(ConfigResource.Type.GROUP, "g", OpType.SET, "known", "1", true))
                .isEqualTo(Errors.NONE);

        assertThat(overrides()).containsEntry(TopicConfig.RETENTION_MS, "5");
        assertThat(metadata.image().configured(TenantId.DEFAULT)).isEmpty();
    }

    @Test
    void refusesWhatIsNotSupportedAndChangesNothing() {
        assertThat(change(ConfigResource.Type.TOPIC, "t", OpType.SET, TopicConfig.CLEANUP_POLICY, "compact", false))
                .isEqualTo(Errors.INVALID_CONFIG);
        assertThat(change(ConfigResource.Type.TOPIC, "t", OpType.APPEND, TopicConfig.CLEANUP_POLICY, "delete", false))
                .isEqualTo(Errors.INVALID_CONFIG);
        assertThat(change(ConfigResource.Type.TOPIC, "t", OpType.SET, TopicConfig.RETENTION_MS, null, false))
                .isEqualTo(Errors.INVALID_CONFIG);
        assertThat(change(ConfigResource.Type.BROKER, "1", OpType.SET, "log.retention.ms", "1", false))
                .isEqualTo(Errors.INVALID_CONFIG);
        assertThat(change(ConfigResource.Type.GROUP, "g", OpType.SET, "unknown", "1", false))
                .isEqualTo(Errors.INVALID_CONFIG);
        assertThat(change(ConfigResource.Type.GROUP, "", OpType.SET, "known", "1", false))
                .isEqualTo(Errors.INVALID_REQUEST);

        assertThat(overrides()).containsOnly(Map.entry(TopicConfig.RETENTION_MS, "5"));
    }

    @Test
    void storesAndDescribesSettingsOfAGroup() {
        assertThat(change(ConfigResource.Type.GROUP, "g", OpType.SET, "known", "2", false))
                .isEqualTo(Errors.NONE);

        DescribeConfigsResourceResult known = setting(describe(ConfigResource.Type.GROUP, "g", null), "known");
        assertThat(known.value()).isEqualTo("2");
        assertThat(known.configSource()).isEqualTo(ConfigSource.GROUP_CONFIG.id());
        assertThat(setting(describe(ConfigResource.Type.GROUP, "other", null), "known")
                        .value())
                .isEqualTo("1");
    }

    @Test
    void replacesEverySettingInTheOldWay() {
        AlterConfigsRequestData body = new AlterConfigsRequestData();
        AlterConfigsRequestData.AlterConfigsResource topic = new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName("t");
        topic.configs()
                .add(new AlterConfigsRequestData.AlterableConfig()
                        .setName(TopicConfig.RETENTION_BYTES)
                        .setValue("7"));
        body.resources().add(topic);

        AlterConfigsResponse response =
                (AlterConfigsResponse) handle(ApiKeys.ALTER_CONFIGS, new AlterConfigsRequest(body, (short) 2));

        assertThat(response.data().responses().getFirst().errorCode()).isZero();
        assertThat(overrides()).containsOnly(Map.entry(TopicConfig.RETENTION_BYTES, "7"));
    }

    @Test
    void aFailedDependencyIsARetriableError() {
        metadata.failNext(FailureCode.TIMED_OUT);

        assertThat(change(ConfigResource.Type.TOPIC, "t", OpType.SET, TopicConfig.RETENTION_MS, "1", false))
                .isEqualTo(Errors.REQUEST_TIMED_OUT);
    }

    @Test
    void listsWhatHasSettings() {
        metadata.configure(
                        new io.weir.contracts.metadata.ConfigResource.Group(TenantId.DEFAULT, "g"),
                        Map.of("known", "2"),
                        false)
                .join();
        ListConfigResourcesRequestData body = new ListConfigResourcesRequestData()
                .setResourceTypes(List.of(ConfigResource.Type.TOPIC.id(), ConfigResource.Type.GROUP.id()));

        ListConfigResourcesResponse response = (ListConfigResourcesResponse)
                handle(ApiKeys.LIST_CONFIG_RESOURCES, new ListConfigResourcesRequest.Builder(body).build((short) 1));

        assertThat(response.configResources())
                .containsExactlyInAnyOrder(
                        new ConfigResource(ConfigResource.Type.TOPIC, "t"),
                        new ConfigResource(ConfigResource.Type.GROUP, "g"));
    }

    private Map<String, String> overrides() {
        return metadata.image().topic(TenantId.DEFAULT, "t").orElseThrow().overrides();
    }

    private static DescribeConfigsResourceResult setting(DescribeConfigsResult result, String name) {
        return result.configs().stream()
                .filter(config -> config.name().equals(name))
                .findAny()
                .orElseThrow();
    }

    private DescribeConfigsResult describe(ConfigResource.Type type, String name, @Nullable List<String> keys) {
        DescribeConfigsRequestData body = new DescribeConfigsRequestData()
                .setIncludeSynonyms(true)
                .setIncludeDocumentation(true)
                .setResources(List.of(new DescribeConfigsRequestData.DescribeConfigsResource()
                        .setResourceType(type.id())
                        .setResourceName(name)
                        .setConfigurationKeys(keys)));
        DescribeConfigsResponse response =
                (DescribeConfigsResponse) handle(ApiKeys.DESCRIBE_CONFIGS, new DescribeConfigsRequest(body, (short) 4));
        return response.data().results().getFirst();
    }

    private Errors change(
            ConfigResource.Type type,
            String name,
            OpType op,
            String key,
            @Nullable String value,
            boolean validateOnly) {
        IncrementalAlterConfigsRequestData.AlterConfigsResource resource =
                new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType(type.id())
                        .setResourceName(name);
        resource.configs()
                .add(new IncrementalAlterConfigsRequestData.AlterableConfig()
                        .setName(key)
                        .setConfigOperation(op.id())
                        .setValue(value));
        IncrementalAlterConfigsRequestData body =
                new IncrementalAlterConfigsRequestData().setValidateOnly(validateOnly);
        body.resources().add(resource);
        IncrementalAlterConfigsResponse response = (IncrementalAlterConfigsResponse)
                handle(ApiKeys.INCREMENTAL_ALTER_CONFIGS, new IncrementalAlterConfigsRequest(body, (short) 1));
        return Errors.forCode(response.data().responses().getFirst().errorCode());
    }

    private AbstractResponse handle(ApiKeys key, AbstractRequest body) {
        ApiHandler handler = handlers.stream()
                .filter(candidate -> candidate.keys().contains(key))
                .findAny()
                .orElseThrow();
        RequestHeader header = new RequestHeader(key, body.version(), "test", 1);
        AbstractResponse response = handler.handle(
                        new KafkaRequest(header, body, new KafkaClient(new NoConnection(), TenantId.DEFAULT)))
                .join();
        return java.util.Objects.requireNonNull(response);
    }

    /** Groups whose only setting is {@code known}. */
    private static final class OneSettingGroups implements GroupApis {
        @Override
        public List<ApiHandler> handlers() {
            return List.of();
        }

        @Override
        public List<GroupSetting> settings() {
            return List.of(new GroupSetting("known", "1", (byte) 3, "A setting."));
        }

        @Override
        public Optional<String> refusal(Map<String, String> settings) {
            return settings.keySet().stream()
                    .filter(name -> !name.equals("known"))
                    .findAny()
                    .map(name -> "Unknown setting " + name);
        }

        @Override
        public void start() {}

        @Override
        public void drain() {}

        @Override
        public void close() {}
    }
}
