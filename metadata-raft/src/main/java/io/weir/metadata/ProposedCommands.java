package io.weir.metadata;

import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.command.Decisions;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.command.Rules;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.log.CommandCodec;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Commands as proposals to the metadata group.
 *
 * <p>What breaks a rule that needs no image is refused before it is proposed: the log holds legal commands only, so
 * that a later build with wider rules decides about them alike.
 */
final class ProposedCommands implements MetadataCommands {
    private final Proposer proposer;
    private final Supplier<ClusterImage> image;
    private final Renewal renewal;

    /** Renews a lease without a log entry. */
    @FunctionalInterface
    interface Renewal {
        /** Completes with whether the lease runs on; it does not when this process does not lead. */
        CompletableFuture<Boolean> renew(ClusterNode node);
    }

    ProposedCommands(Proposer proposer, Supplier<ClusterImage> image, Renewal renewal) {
        this.proposer = proposer;
        this.image = image;
        this.renewal = renewal;
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> createTopic(
            TenantId tenant, String name, int partitions, Map<String, String> config) {
        return propose(creation(tenant, name, partitions, config));
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> validateTopic(
            TenantId tenant, String name, int partitions, Map<String, String> config) {
        return decideOnly(creation(tenant, name, partitions, config));
    }

    private static MetadataCommand creation(TenantId tenant, String name, int partitions, Map<String, String> config) {
        return new MetadataCommand.CreateTopic(tenant, name, new TopicId(FreshIds.draw()), partitions, config);
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> deleteTopic(TenantId tenant, TopicId topic) {
        return propose(new MetadataCommand.DeleteTopic(tenant, topic));
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> addPartitions(
            TenantId tenant, String name, int total, boolean validateOnly) {
        MetadataCommand command = new MetadataCommand.AddPartitions(tenant, name, total);
        return validateOnly ? decideOnly(command) : propose(command);
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> configureTopic(
            TenantId tenant,
            String name,
            Map<String, @Nullable String> changes,
            boolean replace,
            boolean validateOnly) {
        MetadataCommand command = new MetadataCommand.ConfigureTopic(tenant, name, new TreeMap<>(changes), replace);
        return validateOnly ? decideOnly(command) : propose(command);
    }

    @Override
    public CompletableFuture<MetadataResult<Map<String, String>>> configure(
            ConfigResource resource, Map<String, @Nullable String> changes, boolean replace) {
        return propose(new MetadataCommand.Configure(resource, new TreeMap<>(changes), replace));
    }

    @Override
    public CompletableFuture<MetadataResult<Long>> allocateProducerIds(int count) {
        return propose(new MetadataCommand.AllocateProducerIds(count));
    }

    @Override
    public CompletableFuture<MetadataResult<ClusterNode>> registerNode(ClusterNode node) {
        MetadataCommand command = new MetadataCommand.RegisterNode(node);
        return renewal.renew(node)
                .thenCompose(renewed -> renewed
                        ? CompletableFuture.completedFuture(new MetadataResult.Accepted<>(node))
                        : propose(command));
    }

    @Override
    public CompletableFuture<MetadataResult<NodeId>> unregisterNode(NodeId node) {
        return propose(new MetadataCommand.UnregisterNode(node));
    }

    private <T> CompletableFuture<MetadataResult<T>> decideOnly(MetadataCommand command) {
        return CompletableFuture.completedFuture(
                result(Decisions.decide(image.get(), command).result()));
    }

    /** Proposes a command whose accepted value is a {@code T}. */
    <T> CompletableFuture<MetadataResult<T>> propose(MetadataCommand command) {
        var violation = Rules.violated(command);
        if (violation.isPresent()) {
            return CompletableFuture.completedFuture(new MetadataResult.Rejected<>(
                    violation.get().reason(), violation.get().message()));
        }
        return proposer.propose(CommandCodec.encode(command)).thenApply(ProposedCommands::resultOf);
    }

    private static <T> MetadataResult<T> resultOf(Submission outcome) {
        return switch (outcome) {
            case Submission.Applied(var position, Object reply) -> result((MetadataResult<?>) reply);
            case Submission.NotAccepted(FailureCode code, String message, var _) ->
                throw new CompletionException(new ServiceException(code, message));
            case Submission.Unknown(String message) ->
                throw new CompletionException(new ServiceException(FailureCode.TIMED_OUT, message));
        };
    }

    /** A command's result has the type that the command's method promises: {@code Decisions} sees to it. */
    @SuppressWarnings("unchecked")
    private static <T> MetadataResult<T> result(MetadataResult<?> reply) {
        return (MetadataResult<T>) reply;
    }
}
