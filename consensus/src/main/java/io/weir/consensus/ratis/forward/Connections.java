package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.PeerId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.ratis.thirdparty.io.grpc.Attributes;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerTransportFilter;
import org.jspecify.annotations.Nullable;

/**
 * Tells groups when the connection of a peer has ended that was passing barriers: the first that is heard of a process
 * that died, whose system closes what it had open.
 *
 * <p>Threading: any thread of the transport's.
 */
final class Connections extends ServerTransportFilter {
    /** Groups times peers of one connection: a node asks for itself. */
    private static final int MOST_ASKERS = 1024;

    private static final Attributes.Key<Set<Asker>> ASKERS = Attributes.Key.create("weir.askers");

    private final Function<String, @Nullable LeaderSide> groups;

    private record Asker(String group, PeerId peer) {}

    Connections(Function<String, @Nullable LeaderSide> groups) {
        this.groups = groups;
    }

    @Override
    public Attributes transportReady(Attributes connection) {
        return connection.toBuilder().set(ASKERS, ConcurrentHashMap.newKeySet()).build();
    }

    /** Whoever asked is at the other end of the call's connection. */
    static void asks(ServerCall<?, ?> call, ToLeader.Question question) {
        Set<Asker> askers = call.getAttributes().get(ASKERS);
        if (askers != null && askers.size() < MOST_ASKERS) {
            askers.add(new Asker(question.group(), question.peer()));
        }
    }

    @Override
    public void transportTerminated(@Nullable Attributes connection) {
        Set<Asker> askers = connection == null ? null : connection.get(ASKERS);
        if (askers == null) {
            return;
        }
        for (Asker asker : askers) {
            LeaderSide group = groups.apply(asker.group());
            if (group != null) {
                group.connectionLost(asker.peer());
            }
        }
    }
}
