package io.weir.consensus.ratis.follow;

import io.weir.consensus.ratis.forward.Packet;
import io.weir.contracts.identity.NodeId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets nodes without a replica follow the groups that this node has one of, and read from their logs (ADR 9). A node
 * has one subscription of a group: a newer one ends the one before.
 *
 * <p>Threading: each answer is given by a virtual thread of its own.
 */
public final class FollowService {
    /** Subscriptions at the same time, of all groups. */
    private static final int MOST_SUBSCRIPTIONS = 1024;

    /** Questions that are answered at the same time. */
    private static final int MOST_READS = 64;

    /** Of one answer to a question, and its last entry. */
    private static final int MOST_READ_BYTES = 4 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(FollowService.class);

    private final Function<String, @Nullable ReplicaSide> groups;
    private final Duration newsPace;
    private final Map<Subscriber, Outgoing> subscriptions = new HashMap<>();
    private final int mostSubscriptions;
    private final int mostReads;
    private final Semaphore reads;

    private record Subscriber(String group, NodeId node) {}

    /**
     * Of the groups that can be found by name.
     *
     * @param newsPace what a subscriber hears is never further apart
     */
    public FollowService(Function<String, @Nullable ReplicaSide> groups, Duration newsPace) {
        this(groups, newsPace, MOST_SUBSCRIPTIONS, MOST_READS);
    }

    /** With other bounds. */
    public FollowService(
            Function<String, @Nullable ReplicaSide> groups, Duration newsPace, int mostSubscriptions, int mostReads) {
        this.groups = groups;
        this.newsPace = newsPace;
        this.mostSubscriptions = mostSubscriptions;
        this.mostReads = mostReads;
        this.reads = new Semaphore(mostReads);
    }

    /** Whether a call is one for this service. */
    public static boolean isFor(ServerCall<?, ?> call) {
        return Methods.SERVICE.equals(call.getMethodDescriptor().getServiceName());
    }

    public ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(Methods.SERVICE)
                .addMethod(Methods.FOLLOW, (call, headers) -> new Asking(call))
                .addMethod(Methods.READ, (call, headers) -> new Asking(call))
                .build();
    }

    /** One message, and then nothing but its end. */
    private final class Asking extends ServerCall.Listener<Packet> {
        private final Outgoing out;

        private Asking(ServerCall<Packet, Packet> call) {
            this.out = new Outgoing(call);
            call.sendHeaders(new Metadata());
            call.request(1);
        }

        @Override
        public void onMessage(Packet packet) {
            try {
                switch (ToReplica.of(packet)) {
                    case ToReplica.Subscription wanted -> subscribe(wanted);
                    case ToReplica.Question question -> answer(question);
                }
            } catch (IllegalArgumentException malformed) {
                out.end(Status.INVALID_ARGUMENT.withDescription(malformed.getMessage()));
            }
        }

        @Override
        public void onReady() {
            out.wake();
        }

        @Override
        public void onCancel() {
            out.cancelled();
        }

        private void subscribe(ToReplica.Subscription wanted) {
            ReplicaSide replica = groups.apply(wanted.group());
            if (replica == null) {
                out.end(Status.UNAVAILABLE.withDescription("Group " + wanted.group() + " is not here"));
                return;
            }
            Subscriber who = new Subscriber(wanted.group(), wanted.who().node());
            if (!entered(who)) {
                out.end(Status.RESOURCE_EXHAUSTED.withDescription(mostSubscriptions + " nodes follow already"));
                return;
            }
            Thread.ofVirtual()
                    .name("consensus-" + wanted.group() + "-feed-" + wanted.who())
                    .start(new Feeding(wanted, replica, out, newsPace, () -> ended(who)));
        }

        private boolean entered(Subscriber who) {
            synchronized (subscriptions) {
                if (!subscriptions.containsKey(who) && subscriptions.size() >= mostSubscriptions) {
                    return false;
                }
                Outgoing former = subscriptions.put(who, out);
                if (former != null) {
                    former.replaced();
                }
                return true;
            }
        }

        private void ended(Subscriber who) {
            synchronized (subscriptions) {
                subscriptions.remove(who, out);
            }
        }

        private void answer(ToReplica.Question question) {
            ReplicaSide replica = groups.apply(question.group());
            if (replica == null || !replica.isRunning() || question.first() > replica.applied()) {
                out.end(Status.UNAVAILABLE.withDescription("Entry " + question.first() + " is not here"));
            } else if (!reads.tryAcquire()) {
                out.end(Status.RESOURCE_EXHAUSTED.withDescription(mostReads + " are reading already"));
            } else {
                Thread.ofVirtual()
                        .name("consensus-" + question.group() + "-read")
                        .start(() -> {
                            try {
                                read(question, replica);
                            } finally {
                                reads.release();
                            }
                        });
            }
        }

        private void read(ToReplica.Question question, ReplicaSide replica) {
            out.begin();
            try (ReplicaSide.Reading log = replica.reading()) {
                long bytes = 0;
                long index = question.first();
                boolean isPurged = replica.snapshot()
                        .filter(it -> question.first() <= it.position().index())
                        .isPresent();
                Optional<LogEntry> entry = isPurged ? Optional.empty() : log.at(index);
                if (entry.isEmpty()) {
                    out.end(Status.NOT_FOUND.withDescription("Entry " + index + " was purged"));
                }
                while (entry.isPresent() && !out.isOver()) {
                    if (!out.isReady()) {
                        out.await(newsPace.toNanos());
                        continue;
                    }
                    out.send(new FromReplica.Entry(entry.get()));
                    bytes += entry.get().size();
                    boolean isEnough = bytes >= Math.min(question.mostBytes(), MOST_READ_BYTES);
                    entry = isEnough || ++index > replica.applied() ? Optional.empty() : log.at(index);
                }
                out.end(Status.OK);
            } catch (RuntimeException failed) {
                LOG.atWarn()
                        .addKeyValue("group", question.group())
                        .setCause(failed)
                        .log("Cannot read from the log");
                out.end(Status.INTERNAL.withDescription(String.valueOf(failed.getMessage())));
            }
        }
    }
}
