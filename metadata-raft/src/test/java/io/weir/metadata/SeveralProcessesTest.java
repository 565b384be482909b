package io.weir.metadata;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.cell.CellAppend;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.TableName;
import io.weir.metadata.image.ClusterImage;
import io.weir.testsupport.consensus.SimulatedCluster;
import io.weir.testsupport.process.Await;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What holds for a process that does not lead. */
class SeveralProcessesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LEASE = Duration.ofMillis(600);
    private static final NodeId ONE = new NodeId(1);
    private static final NodeId TWO = new NodeId(2);
    private static final NodeId THREE = new NodeId(3);
    private static final CellId CELL = new CellId(42);

    private final SimulatedCluster cluster = new SimulatedCluster();
    private final Map<NodeId, MetadataService> services = new HashMap<>();
    private Duration lease = LEASE;

    @AfterEach
    void stop() {
        services.values().forEach(MetadataService::close);
        cluster.close();
    }

    @Test
    void foundersThatStartTogetherCreateOneCluster() {
        startAll();
        assertThat(services.values()).noneMatch(service -> service.ready().isDone());

        cluster.lead(TWO);

        assertThat(services.values().stream().map(this::readyClusterId).distinct())
                .hasSize(1);
        cluster.lead(THREE);
        assertThat(createTopic(ONE, "t")).isNotNull();
        assertThat(services.values().stream().map(this::readyClusterId).distinct())
                .as("a new leader creates nothing")
                .hasSize(1);
    }

    @Test
    void isReadyWhereAnotherLeadsOnlyOnceItsImageIsCurrent() {
        start(ONE);
        cluster.lead(ONE);
        readyClusterId(at(ONE));
        cluster.lag(TWO);
        MetadataService behind = start(TWO);
        createTopic(ONE, "t");
        assertThat(behind.ready()).isNotDone();
        assertThat(behind.age()).isEqualTo(Presence.NEVER);

        cluster.catchUp(TWO);

        readyClusterId(behind);
        assertThat(behind.image().topic(TenantId.DEFAULT, "t")).isPresent();
        assertThat(behind.age()).isLessThan(PATIENCE);
    }

    @Test
    void aChangeMadeAnywhereIsShownThereAtOnceAndElsewhereSoon() {
        startedUnder(ONE);
        Topic topic = createTopic(THREE, "orders");
        assertThat(at(THREE).image().topic(topic.id())).contains(topic);
        for (MetadataService service : services.values()) {
            Await.until(
                    "the topic",
                    PATIENCE,
                    () -> service.image().topic(topic.id()).isPresent());
        }
    }

    @Test
    void aNodeThatRenewsKeepsItsLeaseWithoutAnEntry() {
        // Given a lease whose renewals, a second apart, may come late
        lease = Duration.ofSeconds(3);
        startedUnder(ONE);
        services.forEach((id, service) -> accepted(service.registerNode(node(id))));
        int entries = cluster.entries("metadata");

        long until = System.nanoTime() + lease.multipliedBy(2).toNanos();
        Await.until("two leases", PATIENCE, () -> System.nanoTime() - until > 0);

        assertThat(at(ONE).image().nodes()).hasSize(3);
        assertThat(cluster.entries("metadata")).isEqualTo(entries);
        Await.until("it to be current", PATIENCE, () -> at(TWO).age().compareTo(lease) < 0);
    }

    @Test
    void theLeaseOfANodeThatIsCutOffRunsOutAndItComesBackByItself() {
        startedUnder(ONE);
        services.forEach((id, service) -> accepted(service.registerNode(node(id))));
        assertThat(at(THREE).acquire(CELL, THREE).join()).isPresent();

        cluster.cutOff(THREE);

        Await.until("the end of the lease", PATIENCE, () -> registered(ONE).size() == 2);
        assertThat(registered(ONE)).containsExactlyInAnyOrder(ONE, TWO);
        assertThat(at(ONE).image().cellOwner(CELL)).isEmpty();
        assertThat(at(THREE).age()).isPositive();
        cluster.reconnect(THREE);
        Await.until("it to come back", PATIENCE, () -> registered(ONE).size() == 3);
        assertThat(at(ONE).image().cellOwner(CELL)).isEmpty();
    }

    @Test
    void aLeaderThatDiesLosesItsLeaseToTheNextOne() {
        startedUnder(ONE);
        services.forEach((id, service) -> accepted(service.registerNode(node(id))));

        cluster.cutOff(ONE);
        cluster.lead(TWO);

        Await.until("the end of the lease", PATIENCE, () -> registered(THREE).size() == 2);
        assertThat(registered(TWO)).containsExactlyInAnyOrder(TWO, THREE);
        assertThat(at(THREE).age()).isLessThan(PATIENCE);
        cluster.reconnect(ONE);
        Await.until("it to come back", PATIENCE, () -> registered(TWO).size() == 3);
    }

    @Test
    void whoLosesTheLeadWhileTakingItUpEndsNobodysLease() {
        startedUnder(ONE);
        services.forEach((id, service) -> accepted(service.registerNode(node(id))));
        // Given a node that is told that it leads when another one does already
        CompletableFuture<Void> lost = cluster.onceAskedWhoLeads(ONE, () -> cluster.lead(TWO));
        cluster.lead(ONE);
        assertThat(lost).succeedsWithin(PATIENCE);
        long registration = registrationOf(TWO);
        // When leases pass
        long until = System.nanoTime() + LEASE.multipliedBy(3).toNanos();
        Await.until("three leases", PATIENCE, () -> System.nanoTime() - until > 0);
        // Then the one that leads, whose lease nobody may end, has kept it
        assertThat(registrationOf(TWO)).isEqualTo(registration);
    }

    private long registrationOf(NodeId node) {
        return ((ClusterImage) at(node).image()).node(node).orElseThrow().registration();
    }

    @Test
    void aNodeThatLeavesStaysAway() {
        startedUnder(ONE);
        services.forEach((id, service) -> accepted(service.registerNode(node(id))));
        assertThat(at(TWO).acquire(CELL, TWO).join()).isPresent();

        accepted(at(TWO).unregisterNode(TWO));

        assertThat(at(TWO).image().cellOwner(CELL)).isEmpty();
        long until = System.nanoTime() + LEASE.toNanos();
        Await.until("a lease", PATIENCE, () -> System.nanoTime() - until > 0);
        assertThat(registered(ONE)).doesNotContain(TWO);
    }

    @Test
    void aFollowerOwnsACellAndIsFencedByTheNextOwner() {
        startedUnder(ONE);
        MetadataService two = at(TWO);
        Epoch first = two.acquire(CELL, TWO).join().orElseThrow();
        assertThat(two.append(CELL, first, 0, List.of(write("a", "1"))).join()).isEqualTo(new CellAppend.Appended(1));

        // Nobody has announced itself, so the third may take it; it applies nothing before it loads
        MetadataService three = at(THREE);
        Epoch second = three.acquire(CELL, THREE).join().orElseThrow();
        assertThat(three.load(CELL, second).join().records()).containsExactly(write("a", "1"));

        assertThat(two.append(CELL, first, 1, List.of(write("a", "zombie"))).join())
                .isEqualTo(new CellAppend.Fenced());
        assertThat(three.append(CELL, second, 1, List.of(write("b", "1"))).join())
                .isEqualTo(new CellAppend.Appended(2));
    }

    @Test
    void aLoadWaitsUntilTheOwnerHasAppliedWhatWasCommitted() {
        startedUnder(ONE);
        MetadataService two = at(TWO);
        Epoch epoch = two.acquire(CELL, TWO).join().orElseThrow();
        cluster.lag(TWO);
        CompletableFuture<CellAppend> append = two.append(CELL, epoch, 0, List.of(write("a", "1")));
        Await.until("the entry", PATIENCE, () -> cluster.entries("cursors") == 2);
        var load = two.load(CELL, epoch);
        assertThat(append).isNotDone();
        assertThat(load).isNotDone();

        cluster.catchUp(TWO);

        assertThat(load.join().records()).containsExactly(write("a", "1"));
        assertThat(append.join()).isEqualTo(new CellAppend.Appended(1));
    }

    @Test
    void appendsAreInOrderOrFailWhileLeadersChange() {
        startedUnder(ONE);
        MetadataService two = at(TWO);
        Epoch epoch = two.acquire(CELL, TWO).join().orElseThrow();
        long position = 0;
        int failures = 0;
        List<CellRecord> acknowledged = new ArrayList<>();
        for (int round = 0; round < 200; round++) {
            List<CellRecord> sent = new ArrayList<>();
            List<CompletableFuture<CellAppend>> outcomes = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                CellRecord each = write("k" + round + "-" + i, "v");
                sent.add(each);
                outcomes.add(two.append(CELL, epoch, position + i, List.of(each)));
                if (i == 5 && round % 3 == 0) {
                    cluster.loseLeader();
                    cluster.lead(round % 2 == 0 ? ONE : THREE);
                }
            }
            boolean failed = false;
            for (int i = 0; i < outcomes.size(); i++) {
                boolean appended = outcomes.get(i)
                        .handle((done, refused) -> done instanceof CellAppend.Appended)
                        .join();
                assertThat(appended && failed)
                        .as("an append behind one that failed")
                        .isFalse();
                failed |= !appended;
                if (appended) {
                    acknowledged.add(sent.get(i));
                }
            }
            if (failed) {
                failures++;
                epoch = two.acquire(CELL, TWO).join().orElseThrow();
            }
            position = two.load(CELL, epoch).join().nextPosition();
        }
        assertThat(failures).isPositive();
        assertThat(two.load(CELL, epoch).join().records()).containsSubsequence(acknowledged);
    }

    @Test
    void withoutALeaderEverythingIsRefusedRetriably() {
        startedUnder(ONE);
        Epoch epoch = at(TWO).acquire(CELL, TWO).join().orElseThrow();
        cluster.loseLeader();

        MetadataService two = at(TWO);
        assertThat(failureOf(two.createTopic(TenantId.DEFAULT, "t", 1, Map.of())))
                .isEqualTo(FailureCode.NOT_LEADER);
        assertThat(failureOf(two.registerNode(node(TWO)))).isEqualTo(FailureCode.NOT_LEADER);
        assertThat(failureOf(two.acquire(CELL, TWO))).isEqualTo(FailureCode.NOT_LEADER);
        assertThat(failureOf(two.load(CELL, epoch))).isEqualTo(FailureCode.NOT_LEADER);
        assertThat(failureOf(two.tables().confirmed(TenantId.DEFAULT, new TableName(List.of("default"), "t"))))
                .isEqualTo(FailureCode.NOT_LEADER);
    }

    private MetadataService start(NodeId node) {
        MetadataConfig config = new MetadataConfig(node, 2, lease, 1 << 20, 100_000, 1_000_000, 100, 20_000, 32 << 20);
        MetadataService started = new MetadataService(config, cluster.node(node), new SimpleMeterRegistry());
        services.put(node, started);
        return started;
    }

    private MetadataService at(NodeId node) {
        return Objects.requireNonNull(services.get(node));
    }

    private void startAll() {
        List.of(ONE, TWO, THREE).forEach(this::start);
    }

    private void startedUnder(NodeId leader) {
        startAll();
        cluster.lead(leader);
        services.values().forEach(this::readyClusterId);
    }

    private String readyClusterId(MetadataService service) {
        assertThat(service.ready()).succeedsWithin(PATIENCE);
        return service.image().clusterId();
    }

    private Set<NodeId> registered(NodeId seenBy) {
        return at(seenBy).image().nodes().stream().map(ClusterNode::id).collect(Collectors.toSet());
    }

    private Topic createTopic(NodeId node, String name) {
        return accepted(at(node).createTopic(TenantId.DEFAULT, name, 1, Map.of()));
    }

    private static ClusterNode node(NodeId id) {
        return new ClusterNode(id, "127.0.0.1", 9000 + id.value());
    }

    private static CellRecord write(String key, String value) {
        return new CellRecord(ByteBuffer.wrap(key.getBytes(UTF_8)), ByteBuffer.wrap(value.getBytes(UTF_8)));
    }

    private static <T> T accepted(CompletableFuture<MetadataResult<T>> future) {
        MetadataResult<T> result = future.join();
        assertThat(result).isInstanceOf(MetadataResult.Accepted.class);
        return ((MetadataResult.Accepted<T>) result).value();
    }

    private static FailureCode failureOf(CompletableFuture<?> future) {
        return future.handle((done, failure) -> ServiceException.of(failure).code())
                .join();
    }
}
