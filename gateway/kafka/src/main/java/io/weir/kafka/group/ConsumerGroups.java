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
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumer groups of the default tenant: classic and KIP-848, with offsets, regular expressions, static members.
 *
 * <p>The coordinator is a large library, so it is built in the background from the constructor on; requests that come
 * before it is there wait for it.
 *
 * <p>Threading: any thread; never blocks but in {@link #close}, and in {@link #settings} and {@link #refusal} for the
 * fraction of a second that building takes. Ownership: it gives its cells up when closed. Durability: what is
 * acknowledged is in the cell store.
 */
public final class ConsumerGroups implements GroupApis {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerGroups.class);
    private static final TenantId TENANT = TenantId.DEFAULT;
    private static final Executor STARTER =
            work -> Thread.ofPlatform().daemon().name("weir-groups-start").start(work);

    private static final List<ApiKeys> KEYS = List.of(
            ApiKeys.FIND_COORDINATOR,
            ApiKeys.JOIN_GROUP,
            ApiKeys.SYNC_GROUP,
            ApiKeys.HEARTBEAT,
            ApiKeys.LEAVE_GROUP,
            ApiKeys.CONSUMER_GROUP_HEARTBEAT,
            ApiKeys.OFFSET_COMMIT,
            ApiKeys.OFFSET_FETCH,
            ApiKeys.OFFSET_DELETE,
            ApiKeys.LIST_GROUPS,
            ApiKeys.DESCRIBE_GROUPS,
            ApiKeys.CONSUMER_GROUP_DESCRIBE,
            ApiKeys.DELETE_GROUPS);

    private final CompletableFuture<Built> built;
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
        GroupLimits limits = new GroupLimits(config);
        this.built = CompletableFuture.supplyAsync(
                () -> {
                    KafkaGroupCoordinator coordinator =
                            new KafkaGroupCoordinator(config, node, TENANT, cells, metadata, lag, meters);
                    return new Built(
                            coordinator,
                            new Memberships(coordinator, limits),
                            new CommittedOffsets(coordinator, limits, metadata, TENANT),
                            new GroupAdministration(coordinator, limits, metadata, TENANT),
                            new CoordinatorSearch(coordinator, limits, metadata, self));
                },
                STARTER);
        this.handlers = KEYS.stream()
                .<ApiHandler>map(key -> new GroupHandler(key, TENANT, request -> answer(key, request)))
                .toList();
    }

    private CompletableFuture<? extends AbstractResponse> answer(ApiKeys key, KafkaRequest request) {
        return built.isDone() ? built.join().answer(key, request) : built.thenCompose(now -> now.answer(key, request));
    }

    @Override
    public List<ApiHandler> handlers() {
        return handlers;
    }

    @Override
    public List<GroupSetting> settings() {
        return built.join().coordinator().settings().stream()
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
        return built.join().coordinator().refusal(settings);
    }

    /** Begins to take over the cells. Until one is loaded, what concerns its groups is answered retriably. */
    @Override
    public void start() {
        var _ = built.thenAcceptAsync(now -> now.coordinator().start(), STARTER).exceptionally(failure -> {
            LOG.atError().setCause(failure).log("Consumer groups cannot be started");
            return null;
        });
    }

    /** Gives the group's cell up for a moment and loads it again, as after a failed append; members notice nothing. */
    public void reload(String group) {
        built.join().coordinator().reload(group);
    }

    @Override
    public void drain() {
        built.join().coordinator().drain();
    }

    @Override
    public void close() {
        built.join().coordinator().close();
    }

    /** What answers, once there is a coordinator. */
    private record Built(
            KafkaGroupCoordinator coordinator,
            Memberships members,
            CommittedOffsets offsets,
            GroupAdministration administration,
            CoordinatorSearch search) {
        CompletableFuture<AbstractResponse> answer(ApiKeys key, KafkaRequest request) {
            return answerOf(key, request).thenApply(response -> response);
        }

        private CompletableFuture<? extends AbstractResponse> answerOf(ApiKeys key, KafkaRequest request) {
            return switch (key) {
                case FIND_COORDINATOR -> search.find(request);
                case JOIN_GROUP -> members.join(request);
                case SYNC_GROUP -> members.sync(request);
                case HEARTBEAT -> members.heartbeat(request);
                case LEAVE_GROUP -> members.leave(request);
                case CONSUMER_GROUP_HEARTBEAT -> members.consumerGroupHeartbeat(request);
                case OFFSET_COMMIT -> offsets.commit(request);
                case OFFSET_FETCH -> offsets.fetch(request);
                case OFFSET_DELETE -> administration.deleteOffsets(request);
                case LIST_GROUPS -> administration.list(request);
                case DESCRIBE_GROUPS -> administration.describe(request);
                case CONSUMER_GROUP_DESCRIBE -> administration.describeConsumerGroups(request);
                case DELETE_GROUPS -> administration.delete(request);
                default -> throw new IllegalStateException("Not an API of groups: " + key);
            };
        }
    }
}
