package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerBuilder;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Takes in what other peers submit to groups that this one leads, confirms to them that it does, and admits those that
 * may return (ADR 8).
 *
 * <p>Threading: a stream's messages are handled one after another on a thread of the transport's, which blocks while
 * too much is in flight; the next message is asked for only then, so that a slow leader holds up who submits.
 */
public final class ForwardService {
    /** Nodes times groups, of the terms that are not over. */
    private static final int MOST_SUBMITTERS = 4096;

    /** Of one node and group that are remembered, in one term: one for each start of its process. */
    static final int MOST_CLIENTS = 16;

    private final Function<String, @Nullable LeaderSide> groups;
    private final Connections connections;
    private final int mostSubmitters;
    private final Map<Submitter, Session> sessions = new HashMap<>();

    /** One for each node and group. */
    private record Submitter(String group, NodeId node) {}

    /** Of the groups that can be found by name. */
    public ForwardService(Function<String, @Nullable LeaderSide> groups) {
        this(groups, MOST_SUBMITTERS);
    }

    ForwardService(Function<String, @Nullable LeaderSide> groups, int mostSubmitters) {
        this.groups = groups;
        this.connections = new Connections(groups);
        this.mostSubmitters = mostSubmitters;
    }

    /** Whether a call is one for this service. */
    public static boolean isFor(ServerCall<?, ?> call) {
        return Methods.SERVICE.equals(call.getMethodDescriptor().getServiceName());
    }

    /** Adds it to a server. */
    public void addTo(ServerBuilder<?> server) {
        server.addService(definition()).addTransportFilter(connections);
    }

    private ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(Methods.SERVICE)
                .addMethod(Methods.SUBMIT, (call, headers) -> new EntryStream(accepted(call)))
                .addMethod(
                        Methods.CONFIRM,
                        (call, headers) -> new Asked(accepted(call), message -> confirmed(call, message)))
                .addMethod(Methods.ADMIT, (call, headers) -> new Asked(accepted(call), this::admitted))
                .build();
    }

    private static ServerCall<Packet, Packet> accepted(ServerCall<Packet, Packet> call) {
        call.sendHeaders(new Metadata());
        call.request(1);
        return call;
    }

    /**
     * A session is remembered for as long as its term lasts, whether a stream is open or not: what it has brought must
     * not be forgotten. Nothing where too many would have to be.
     */
    private @Nullable Session entered(ToLeader.Opening opening) {
        Submitter submitter = new Submitter(opening.group(), opening.peer().node());
        synchronized (sessions) {
            if (!sessions.containsKey(submitter) && sessions.size() >= mostSubmitters) {
                sessions.entrySet()
                        .removeIf(each -> each.getKey().group().equals(opening.group())
                                && each.getValue().isOlderThan(opening.term()));
                if (sessions.size() >= mostSubmitters) {
                    return null;
                }
            }
            return sessions.computeIfAbsent(submitter, anew -> new Session());
        }
    }

    private static NotAccepted unknown(String group) {
        return new NotAccepted(FailureCode.NOT_LEADER, "Group " + group + " has not started here");
    }

    /**
     * What one node's streams have brought in one term; of several streams only the newest may bring more. Its process
     * may be killed, and what that sent come late, beside the next one's streams: each client has its own count.
     */
    private static final class Session {
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable EntryStream stream;
        /** Of each client, who opened last at the end: the last entry that came, or that nobody knows. */
        private final Map<ClientId, Long> brought = new LinkedHashMap<>();

        private boolean hasForgotten;
        private volatile long term = Long.MAX_VALUE;
        /** By the newest stream or, where they are known, by those of its client before it. */
        private long last;

        private boolean isOlderThan(long now) {
            return term < now;
        }

        /**
         * Waits for what an earlier stream is bringing just now.
         *
         * @return the last entry that came from that client in that term; empty for a term that is over, whose thread
         *     was held up
         */
        OptionalLong opened(EntryStream next, ClientId by, long in) {
            lock.lock();
            try {
                if (!brought.isEmpty() && in < term) {
                    return OptionalLong.empty();
                }
                stream = next;
                if (in != term) {
                    brought.clear();
                    hasForgotten = false;
                    term = in;
                }
                Long known = brought.remove(by);
                long until = known != null ? known : hasForgotten ? FromLeader.Opened.FORGOTTEN : 0;
                brought.put(by, until);
                if (brought.size() > MOST_CLIENTS) {
                    brought.remove(brought.keySet().iterator().next());
                    hasForgotten = true;
                }
                last = until == FromLeader.Opened.FORGOTTEN ? 0 : until;
                return OptionalLong.of(until);
            } finally {
                lock.unlock();
            }
        }

        /** Why nothing more is taken in from a stream. */
        private sealed interface End {}

        private record Refused(long last, NotAccepted why) implements End {}

        private record Broken(Status why) implements End {}

        Optional<End> take(EntryStream from, long call, Supplier<CompletableFuture<Submission>> entry) {
            lock.lock();
            try {
                if (stream != from) {
                    return Optional.of(new Broken(Status.ABORTED.withDescription("There is a newer stream")));
                }
                if (call <= last) {
                    return Optional.of(new Broken(Status.INVALID_ARGUMENT.withDescription("Not in order")));
                }
                CompletableFuture<Submission> outcome = entry.get();
                if (outcome.isDone() && outcome.join() instanceof NotAccepted refusal) {
                    stream = null;
                    return Optional.of(new Refused(last, refusal));
                }
                last = call;
                brought.put(from.client, call);
                var _ = outcome.thenAccept(submission -> {
                    if (!(submission instanceof Submission.Applied)) {
                        from.broken(Status.UNAVAILABLE.withDescription("An entry was appended and then lost"));
                    }
                });
                return Optional.empty();
            } finally {
                lock.unlock();
            }
        }
    }

    private final class EntryStream extends ServerCall.Listener<Packet> {
        private final ServerCall<Packet, Packet> call;
        private @Nullable LeaderSide group;
        private @Nullable Session session;
        private @Nullable PeerId peer;
        private ClientId client = ClientId.emptyClientId();
        private long term;
        private boolean over;

        private EntryStream(ServerCall<Packet, Packet> call) {
            this.call = call;
        }

        @Override
        public void onMessage(Packet packet) {
            try {
                switch (ToLeader.of(packet)) {
                    case ToLeader.Opening opening when session == null -> open(opening);
                    case ToLeader.Entry entry -> take(entry);
                    default -> broken(Status.INVALID_ARGUMENT.withDescription("Not now"));
                }
            } catch (IllegalArgumentException malformed) {
                broken(Status.INVALID_ARGUMENT.withDescription(malformed.getMessage()));
            }
            call.request(1);
        }

        private void open(ToLeader.Opening opening) {
            LeaderSide found = groups.apply(opening.group());
            Optional<NotAccepted> refusal = found == null
                    ? Optional.of(unknown(opening.group()))
                    : found.leadsIn(opening.term(), opening.peer());
            if (refusal.isPresent()) {
                ended(0, refusal.get());
                return;
            }
            group = found;
            peer = opening.peer();
            client = ClientId.valueOf(opening.client());
            term = opening.term();
            Session entered = entered(opening);
            if (entered == null) {
                ended(0, new NotAccepted(FailureCode.OVERLOADED, mostSubmitters + " nodes submit already"));
                return;
            }
            session = entered;
            OptionalLong last = entered.opened(this, client, term);
            if (last.isEmpty()) {
                broken(Status.ABORTED.withDescription("Term " + term + " is over"));
                return;
            }
            synchronized (this) {
                if (!over) {
                    call.sendMessage(new FromLeader.Opened(last.getAsLong()).packet());
                }
            }
        }

        private void take(ToLeader.Entry entry) {
            Session known = session;
            LeaderSide to = group;
            if (known == null || to == null) {
                broken(Status.INVALID_ARGUMENT.withDescription("Not opened"));
                return;
            }
            known.take(this, entry.call(), () -> taken(to, entry)).ifPresent(end -> {
                switch (end) {
                    case Session.Refused(long last, NotAccepted why) -> ended(last, why);
                    case Session.Broken(Status why) -> broken(why);
                }
            });
        }

        private CompletableFuture<Submission> taken(LeaderSide to, ToLeader.Entry entry) {
            PeerId by = peer;
            return by != null && to.belongs(by)
                    ? to.take(new Origin(client, entry.call(), term), entry.pieces())
                    : CompletableFuture.completedFuture(
                            new NotAccepted(FailureCode.NOT_LEADER, "Peer " + by + " was removed from the group"));
        }

        /** Only from the thread that handles the messages: none is being taken in meanwhile. */
        private synchronized void ended(long last, NotAccepted refusal) {
            if (!over) {
                over = true;
                call.sendMessage(new FromLeader.Ended(last, refusal).packet());
                call.close(Status.OK, new Metadata());
            }
        }

        private synchronized void broken(Status why) {
            if (!over) {
                over = true;
                call.close(why, new Metadata());
            }
        }

        @Override
        public void onHalfClose() {
            broken(Status.OK);
        }

        @Override
        public synchronized void onCancel() {
            over = true;
        }
    }

    /** One message, and one answer to it. */
    private static final class Asked extends ServerCall.Listener<Packet> {
        private final ServerCall<Packet, Packet> call;
        private final Function<ToLeader, CompletableFuture<FromLeader>> answers;
        private boolean asked;

        /**
         * A call.
         *
         * @param answers to a message; throws {@code IllegalArgumentException} when it is another one
         */
        private Asked(ServerCall<Packet, Packet> call, Function<ToLeader, CompletableFuture<FromLeader>> answers) {
            this.call = call;
            this.answers = answers;
        }

        @Override
        public void onMessage(Packet packet) {
            CompletableFuture<FromLeader> answer;
            try {
                if (asked) {
                    throw new IllegalArgumentException("Not one question");
                }
                answer = answers.apply(ToLeader.of(packet));
            } catch (IllegalArgumentException malformed) {
                call.close(Status.INVALID_ARGUMENT.withDescription(malformed.getMessage()), new Metadata());
                return;
            }
            asked = true;
            var _ = answer.whenComplete(
                    (message, error) -> answer(error == null ? message : new FromLeader.Ended(0, refusal(error))));
        }

        private static NotAccepted refusal(Throwable error) {
            Throwable cause = error instanceof CompletionException wrapped ? wrapped.getCause() : error;
            return cause instanceof ServiceException known
                    ? new NotAccepted(known.code(), String.valueOf(known.getMessage()))
                    : new NotAccepted(FailureCode.INTERNAL, String.valueOf(cause));
        }

        private synchronized void answer(FromLeader message) {
            if (!call.isCancelled()) {
                call.sendMessage(message.packet());
                call.close(Status.OK, new Metadata());
            }
        }
    }

    private CompletableFuture<FromLeader> confirmed(ServerCall<?, ?> call, ToLeader message) {
        if (!(message instanceof ToLeader.Question question)) {
            throw new IllegalArgumentException("Not a question");
        }
        Connections.asks(call.getAttributes(), question);
        LeaderSide group = groups.apply(question.group());
        return group == null
                ? CompletableFuture.completedFuture(new FromLeader.Ended(0, unknown(question.group())))
                : group.confirm(question.peer()).thenApply(FromLeader.Confirmed::new);
    }

    private CompletableFuture<FromLeader> admitted(ToLeader message) {
        if (!(message instanceof ToLeader.Admission wish)) {
            throw new IllegalArgumentException("Nobody asks to be admitted");
        }
        LeaderSide group = groups.apply(wish.group());
        return group == null
                ? CompletableFuture.completedFuture(new FromLeader.Ended(0, unknown(wish.group())))
                : group.admit(wish.peer()).thenApply(answer -> switch (answer) {
                    case LeaderSide.Answer.Admitted() -> new FromLeader.Admitted();
                    case LeaderSide.Answer.Elsewhere(Peer leader) -> new FromLeader.Elsewhere(leader);
                    case LeaderSide.Answer.Refused(NotAccepted why) -> new FromLeader.Ended(0, why);
                });
    }
}
