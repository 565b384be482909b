package io.weir.kafka.group;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.group.coordinator.ConsumerGroupsConfig;
import io.weir.kafka.group.coordinator.KafkaGroupCoordinator;
import io.weir.kafka.group.lag.GroupLag;
import io.weir.kafka.group.lag.StreamEnds;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.GroupApis;
import io.weir.kafka.protocol.KafkaRequest;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;

/**
 * Consumer groups of the default tenant: classic and KIP-848, with offsets, regular expressions, static members.
 *
 * <p>Threading: any thread; never blocks but in {@link #start} and {@link #close}. Ownership: it gives its cells up
 * when closed. Durability: what is acknowledged is in the cell store.
 */
public final class ConsumerGroups implements GroupApis {
    private static final TenantId TENANT = TenantId.DEFAULT;

    private final KafkaGroupCoordinator coordinator;
    private final List<ApiHandler> handlers;

    /**
     * Groups that are not served before {@link #start}.
     *
     * @param self what clients are told of this gateway
     * @param ends where partitions end, for the lag
     */
    public ConsumerGroups(
            ConsumerGroupsConfig config,
            NodeId node,
            Supplier<ClusterNode> self,
            CellStore cells,
            MetadataSource metadata,
            StreamEnds ends,
            MeterRegistry meters) {
        GroupLag lag = new GroupLag(config.maxLagSeries(), TENANT, metadata, ends, meters, Clock.systemUTC());
        this.coordinator = new KafkaGroupCoordinator(config, node, TENANT, cells, metadata, lag, meters);
        GroupLimits limits = new GroupLimits(config);
        Memberships members = new Memberships(coordinator, limits);
        CommittedOffsets offsets = new CommittedOffsets(coordinator, limits, metadata, TENANT);
        GroupAdministration administration = new GroupAdministration(coordinator, limits, metadata, TENANT);
        CoordinatorSearch search = new CoordinatorSearch(coordinator, limits, metadata, self);
        this.handlers = List.of(
                handler(ApiKeys.FIND_COORDINATOR, search::find),
                handler(ApiKeys.JOIN_GROUP, members::join),
                handler(ApiKeys.SYNC_GROUP, members::sync),
                handler(ApiKeys.HEARTBEAT, members::heartbeat),
                handler(ApiKeys.LEAVE_GROUP, members::leave),
                handler(ApiKeys.CONSUMER_GROUP_HEARTBEAT, members::consumerGroupHeartbeat),
                handler(ApiKeys.OFFSET_COMMIT, offsets::commit),
                handler(ApiKeys.OFFSET_FETCH, offsets::fetch),
                handler(ApiKeys.OFFSET_DELETE, administration::deleteOffsets),
                handler(ApiKeys.LIST_GROUPS, administration::list),
                handler(ApiKeys.DESCRIBE_GROUPS, administration::describe),
                handler(ApiKeys.CONSUMER_GROUP_DESCRIBE, administration::describeConsumerGroups),
                handler(ApiKeys.DELETE_GROUPS, administration::delete));
    }

    private static ApiHandler handler(
            ApiKeys key, Function<KafkaRequest, CompletableFuture<? extends AbstractResponse>> answer) {
        return new GroupHandler(key, TENANT, answer);
    }

    @Override
    public List<ApiHandler> handlers() {
        return handlers;
    }

    @Override
    public List<GroupSetting> settings() {
        return coordinator.settings().stream()
                .map(setting -> new GroupSetting(
                        setting.name(), setting.defaultValue(), kafkaType(setting.type()), setting.documentation()))
                .toList();
    }

    /** DescribeConfigs' number of a type (KIP-569). */
    private static byte kafkaType(String type) {
        return switch (ConfigDef.Type.valueOf(type)) {
            case BOOLEAN -> 1;
            case STRING -> 2;
            case INT -> 3;
            case SHORT -> 4;
            case LONG -> 5;
            case DOUBLE -> 6;
            case LIST -> 7;
            case CLASS -> 8;
            case PASSWORD -> 9;
        };
    }

    @Override
    public Optional<String> refusal(Map<String, String> settings) {
        return coordinator.refusal(settings);
    }

    /** Begins to take over the cells. Until one is loaded, what concerns its groups is answered retriably. */
    @Override
    public void start() {
        coordinator.start();
    }

    /** Gives the group's cell up for a moment and loads it again, as after a failed append; members notice nothing. */
    public void reload(String group) {
        coordinator.reload(group);
    }

    @Override
    public void close() {
        coordinator.close();
    }
}
