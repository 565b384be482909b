package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.PeerId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.ratis.thirdparty.io.grpc.Attributes;
import org.apache.ratis.thirdparty.io.grpc.ServerTransportFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells groups when the connection of a peer has ended that was passing barriers: the first that is heard of a process
 * that died, whose system closes what it had open.
 *
 * <p>Threading: any thread of the transport's.
 */
final class Connections extends ServerTransportFilter {
    /** Groups times peers of one connection: a node asks for itself. */
    static final int MOST_ASKERS = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final Attributes.Key<Askers> ASKERS = Attributes.Key.create("weir.askers");

    private final Function<String, @Nullable LeaderSide> groups;

    private record Asker(String group, PeerId peer) {}

    /** Those at the other end of one connection, in the order in which they came. */
    private static final class Askers {
        private final Set<Asker> all = new LinkedHashSet<>();
        private boolean isOverfull;

        synchronized void add(Asker asker) {
            if (all.contains(asker)) {
                return;
            }
            if (all.size() < MOST_ASKERS) {
                all.add(asker);
            } else if (!isOverfull) {
                isOverfull = true;
                LOG.atWarn()
                        .addKeyValue("group", asker.group())
                        .addKeyValue("peer", asker.peer())
                        .log(
                                "More than {} ask over one connection: of the others it is not noticed when it ends",
                                MOST_ASKERS);
            }
        }

        synchronized List<Asker> all() {
            return List.copyOf(all);
        }
    }

    Connections(Function<String, @Nullable LeaderSide> groups) {
        this.groups = groups;
    }

    @Override
    public Attributes transportReady(Attributes connection) {
        return connection.toBuilder().set(ASKERS, new Askers()).build();
    }

    /** Whoever asked is at the other end of the connection. */
    static void asks(Attributes connection, ToLeader.Question question) {
        Askers askers = connection.get(ASKERS);
        if (askers != null) {
            askers.add(new Asker(question.group(), question.peer()));
        }
    }

    @Override
    public void transportTerminated(@Nullable Attributes connection) {
        Askers askers = connection == null ? null : connection.get(ASKERS);
        if (askers == null) {
            return;
        }
        for (Asker asker : askers.all()) {
            LeaderSide group = groups.apply(asker.group());
            if (group != null) {
                tell(group, asker);
            }
        }
    }

    /** A state that throws keeps no other group from being told. */
    private static void tell(LeaderSide group, Asker asker) {
        try {
            group.connectionLost(asker.peer());
        } catch (RuntimeException bug) {
            LOG.atError()
                    .addKeyValue("group", asker.group())
                    .addKeyValue("peer", asker.peer())
                    .setCause(bug)
                    .log("A group threw when it was told that a connection has ended");
        }
    }
}
