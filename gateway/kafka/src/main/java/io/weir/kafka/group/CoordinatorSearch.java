package io.weir.kafka.group;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.group.coordinator.KafkaGroupCoordinator;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.FindCoordinatorResponse;

/**
 * FindCoordinator: a group's coordinator is the gateway that owns its cell, as the image has it; there is none while
 * the cell is on its way between two. A cell of this gateway that is not loaded yet is waited for a little, which saves
 * clients their own waiting.
 *
 * <p>Threading: any thread; never blocks.
 */
final class CoordinatorSearch {
    private final KafkaGroupCoordinator coordinator;
    private final GroupLimits limits;
    private final MetadataSource metadata;
    private final Supplier<ClusterNode> self;

    CoordinatorSearch(
            KafkaGroupCoordinator coordinator,
            GroupLimits limits,
            MetadataSource metadata,
            Supplier<ClusterNode> self) {
        this.coordinator = coordinator;
        this.limits = limits;
        this.metadata = metadata;
        this.self = self;
    }

    CompletableFuture<? extends AbstractResponse> find(KafkaRequest request) {
        FindCoordinatorRequestData data =
                request.body(FindCoordinatorRequest.class).data();
        if (request.version() < FindCoordinatorRequest.MIN_BATCHED_VERSION) {
            return find(data.keyType(), data.key()).thenApply(found -> single(request.version(), found));
        }
        List<CompletableFuture<Coordinator>> answers = data.coordinatorKeys().stream()
                .map(key -> find(data.keyType(), key))
                .toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    List<Coordinator> found = new ArrayList<>(answers.size());
                    answers.forEach(answer -> found.add(answer.join()));
                    return new FindCoordinatorResponse(new FindCoordinatorResponseData().setCoordinators(found));
                });
    }

    private static FindCoordinatorResponse single(short version, Coordinator found) {
        FindCoordinatorResponseData data = new FindCoordinatorResponseData()
                .setErrorCode(found.errorCode())
                .setNodeId(found.nodeId())
                .setHost(found.host())
                .setPort(found.port());
        return new FindCoordinatorResponse(version < 1 ? data : data.setErrorMessage(found.errorMessage()));
    }

    private CompletableFuture<Coordinator> find(byte type, String key) {
        if (type != CoordinatorType.GROUP.id()) {
            return CompletableFuture.completedFuture(refused(
                    key,
                    Errors.INVALID_REQUEST,
                    type == CoordinatorType.TRANSACTION.id()
                            ? "Transactions are not offered by this service"
                            : type == CoordinatorType.SHARE.id()
                                    ? "Share groups are not offered by this service"
                                    : "Unknown type of coordinator: " + type));
        }
        Errors refusal = limits.group(key);
        if (refusal != Errors.NONE) {
            return CompletableFuture.completedFuture(refused(key, refusal, refusal.message()));
        }
        CellId cell = KafkaGroupCoordinator.cellOf(key);
        MetadataImage image = metadata.image();
        NodeId me = self.get().id();
        Optional<NodeId> owner = image.cellOwner(cell);
        if (owner.isPresent() && !owner.get().equals(me)) {
            return CompletableFuture.completedFuture(image.nodes().stream()
                    .filter(node -> node.id().equals(owner.get()))
                    .findFirst()
                    .map(node -> at(key, node))
                    .orElseGet(() -> unavailable(key)));
        }
        if (owner.isEmpty() && !coordinator.placedHere(cell)) {
            return CompletableFuture.completedFuture(unavailable(key));
        }
        return coordinator.openedSoon(cell).thenApply(open -> open ? at(key, self.get()) : unavailable(key));
    }

    private static Coordinator at(String key, ClusterNode node) {
        return new Coordinator()
                .setKey(key)
                .setNodeId(node.id().value())
                .setHost(node.kafkaHost())
                .setPort(node.kafkaPort());
    }

    private static Coordinator unavailable(String key) {
        return refused(key, Errors.COORDINATOR_NOT_AVAILABLE, Errors.COORDINATOR_NOT_AVAILABLE.message());
    }

    private static Coordinator refused(String key, Errors error, String message) {
        return new Coordinator()
                .setKey(key)
                .setErrorCode(error.code())
                .setErrorMessage(message)
                .setNodeId(Node.noNode().id())
                .setHost(Node.noNode().host())
                .setPort(Node.noNode().port());
    }
}
