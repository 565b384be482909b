package io.weir.launcher.serve;

import static io.weir.launcher.serve.ClusterAnswers.BAD_REQUEST;
import static io.weir.launcher.serve.ClusterAnswers.CONFLICT;
import static io.weir.launcher.serve.ClusterAnswers.METHOD_NOT_ALLOWED;
import static io.weir.launcher.serve.ClusterAnswers.OK;
import static io.weir.launcher.serve.ClusterAnswers.said;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.ShardPlans;
import io.weir.launcher.config.WalLimits;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * {@code PUT /cluster/shards/N}: from now on there are so many. The groups of the new ones begin with the peers that
 * the first one has now (ADR 15).
 *
 * <p>Threading: any thread that may block.
 */
final class ShardRequests {
    private static final String PATH = "/shards/";
    private static final String FIRST = LeadershipSpread.SHARD + 0;

    private final ShardPlans plans;
    private final Supplier<? extends Collection<ConsensusGroup>> groups;

    /** Of the groups that are open. */
    ShardRequests(ShardPlans plans, Supplier<? extends Collection<ConsensusGroup>> groups) {
        this.plans = plans;
        this.groups = groups;
    }

    static boolean isFor(HttpQuestion question) {
        return question.path().startsWith(PATH);
    }

    HttpAnswer answer(HttpQuestion question) {
        if (!question.method().equals("PUT")) {
            return said(METHOD_NOT_ALLOWED, "PUT " + PATH + "N adds shards until there are N");
        }
        int total;
        try {
            total = Integer.parseInt(question.path().substring(PATH.length()));
        } catch (NumberFormatException malformed) {
            return said(BAD_REQUEST, "Not a number of shards: " + malformed.getMessage());
        }
        if (total < 1 || total > WalLimits.MAX_SHARDS) {
            return said(BAD_REQUEST, "There may be 1 to " + WalLimits.MAX_SHARDS + " shards, not " + total);
        }
        Optional<ConsensusGroup> first = groups.get().stream()
                .filter(group -> group.name().equals(FIRST) && group.keepsLog())
                .findFirst();
        if (first.isEmpty()) {
            return said(CONFLICT, "Ask a node that keeps the log: this one does not");
        }
        Optional<GroupMembership> membership = first.get().membership();
        return membership.isEmpty()
                ? said(CONFLICT, "The shards of a single process without peers are fixed when it first starts")
                : added(total, first.get(), membership.get());
    }

    private HttpAnswer added(int total, ConsensusGroup first, GroupMembership membership) {
        // What is committed of the peers is known here after that.
        CompletableFuture<MetadataResult<Integer>> adding =
                first.barrier().thenCompose(passed -> plans.addShards(total, membership.peers()));
        return ClusterAnswers.planned(adding, now -> said(OK, "There are " + now + " shards"));
    }
}
