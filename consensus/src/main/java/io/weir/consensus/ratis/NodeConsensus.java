package io.weir.consensus.ratis;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.consensus.Admissions;
import io.weir.consensus.ConsensusConfig;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.NodeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The groups of a node: those that it keeps a replica of, and those that it follows (ADR 9).
 *
 * <p>Threading: any thread.
 */
public final class NodeConsensus implements Consensus {
    private final @Nullable RatisConsensus kept;
    private final @Nullable FollowingConsensus followed;
    private final Predicate<String> isKept;

    private NodeConsensus(
            @Nullable RatisConsensus kept, @Nullable FollowingConsensus followed, Predicate<String> isKept) {
        this.kept = kept;
        this.followed = followed;
        this.isKept = isKept;
    }

    /** Of a node that keeps every group. */
    public static NodeConsensus keeping(ConsensusConfig config, MeterRegistry meters) {
        return new NodeConsensus(new RatisConsensus(config, meters), null, group -> true);
    }

    /** Of a node that keeps some groups of a cluster, and follows the others. */
    public static NodeConsensus keepingSome(
            ConsensusConfig config, NodeId node, Predicate<String> isKept, MeterRegistry meters) {
        RatisConsensus kept = new RatisConsensus(config, meters);
        Function<String, List<Peer>> contacts =
                group -> config.cluster().orElseThrow().contactsOf(group);
        return new NodeConsensus(kept, new FollowingConsensus(node, config, contacts, meters), isKept);
    }

    /**
     * Of a node that keeps none.
     *
     * @param founders the peers that a group began with, or who may be one; asked again when nobody answers, may block
     */
    public static NodeConsensus following(
            ConsensusConfig config, NodeId node, Function<String, List<Peer>> founders, MeterRegistry meters) {
        return new NodeConsensus(null, new FollowingConsensus(node, config, founders, meters), group -> false);
    }

    /** Whether a directory is that of a replica among several, or of one that may have others one day. */
    public static boolean isOneOfSeveral(Path directory) {
        return PeerIdentity.isIn(directory);
    }

    /** Whether a replica's directory is set aside as soon as consensus is started there again. */
    public static boolean isQuarantined(Path directory) {
        return Quarantine.isMarked(directory);
    }

    @Override
    public ConsensusGroup open(String name, ReplicatedState state) {
        Consensus of = isKept.test(name) ? kept : followed;
        if (of == null) {
            throw new IllegalStateException("Group " + name + " is neither kept nor followed here");
        }
        return of.open(name, state);
    }

    /** Who may come to belong to the groups that are kept here, from now on. */
    public void admit(Admissions admissions) {
        if (kept != null) {
            kept.admit(admissions);
        }
    }

    /** Reads the logs that are kept here, each in such a time, to find damage: never, if it is zero. Once. */
    public void scrub(Duration every) {
        if (kept != null && !every.isZero()) {
            kept.scrub(every);
        }
    }

    /** The groups that are open, by name. */
    public List<ConsensusGroup> groups() {
        return Stream.concat(
                        kept == null ? Stream.empty() : kept.groups().stream(),
                        followed == null ? Stream.empty() : followed.groups().stream())
                .sorted(Comparator.comparing(ConsensusGroup::name))
                .toList();
    }

    /** Why some group accepts nothing, though it may do so again; empty when none has failed. */
    public Optional<String> failure() {
        return groups().stream().flatMap(group -> group.failure().stream()).findFirst();
    }

    @Override
    public void close() {
        try {
            if (followed != null) {
                followed.close();
            }
        } finally {
            if (kept != null) {
                kept.close();
            }
        }
    }
}
