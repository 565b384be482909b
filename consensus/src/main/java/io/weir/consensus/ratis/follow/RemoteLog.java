package io.weir.consensus.ratis.follow;

import io.weir.consensus.ratis.forward.Packet;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ClientCall;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Reads a group's log where there is one. What follows the entry that was asked for comes with it, and is kept for a
 * moment: whoever reads goes forward.
 *
 * <p>Threading: any thread; one read at a time.
 */
public final class RemoteLog {
    /** Asked for at once, and so kept, with one entry more. */
    private static final int AHEAD_BYTES = 2 << 20;

    private static final Duration KEPT = Duration.ofSeconds(5);

    private final String group;
    private final int mostEntryBytes;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private List<LogEntry> ahead = List.of();
    private long usedNanos;

    /**
     * Of one group.
     *
     * @param patience the longest that one replica is waited for
     */
    public RemoteLog(String group, int mostEntryBytes, Duration patience) {
        this.group = group;
        this.mostEntryBytes = mostEntryBytes;
        this.patience = patience;
    }

    /**
     * The submitted bytes of an entry; empty for one of the group's own.
     *
     * @param replicas who may be asked, one after another
     * @throws ServiceException {@code OBJECT_MISSING} when some replica has purged it and no other has it
     */
    public List<ByteBuffer> read(long index, Supplier<List<ManagedChannel>> replicas) {
        lock.lock();
        try {
            LogEntry entry = kept(index);
            if (entry == null) {
                ahead = fetched(index, replicas.get());
                entry = ahead.getFirst();
            }
            usedNanos = System.nanoTime();
            return entry.kind() == LogEntry.Kind.SUBMITTED ? entry.bytes() : List.of();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable LogEntry kept(long index) {
        long place = ahead.isEmpty() ? -1 : index - ahead.getFirst().position().index();
        return place >= 0 && place < ahead.size() ? ahead.get((int) place) : null;
    }

    /** Now and then: lets go of what nobody reads any more. Does not wait for a read under way, which may take long. */
    public void tick() {
        if (lock.tryLock()) {
            try {
                if (!ahead.isEmpty() && System.nanoTime() - usedNanos > KEPT.toNanos()) {
                    ahead = List.of();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private List<LogEntry> fetched(long index, List<ManagedChannel> replicas) {
        ServiceException failure = new ServiceException(
                FailureCode.NOT_LEADER, "Group " + group + " has no replica that can be asked for entry " + index);
        for (ManagedChannel replica : replicas) {
            try {
                return new Fetch(index).from(replica).join();
            } catch (CompletionException failed) {
                ServiceException cause = ServiceException.of(failed);
                if (failure.code() != FailureCode.OBJECT_MISSING) {
                    failure = cause;
                }
            }
        }
        throw failure;
    }

    private final class Fetch extends ClientCall.Listener<Packet> {
        private final long first;
        private final List<LogEntry> entries = new ArrayList<>();
        private final CompletableFuture<List<LogEntry>> done = new CompletableFuture<>();

        private Fetch(long first) {
            this.first = first;
        }

        private CompletableFuture<List<LogEntry>> from(ManagedChannel replica) {
            ClientCall<Packet, Packet> call = replica.newCall(
                    Methods.READ,
                    CallOptions.DEFAULT
                            .withMaxInboundMessageSize(mostEntryBytes + FromReplica.ENTRY_HEAD_BYTES)
                            .withDeadlineAfter(patience.toNanos(), TimeUnit.NANOSECONDS));
            call.start(this, new Metadata());
            // What comes is bounded by what is asked for.
            call.request(Integer.MAX_VALUE);
            call.sendMessage(new ToReplica.Question(group, first, AHEAD_BYTES).packet());
            call.halfClose();
            return done;
        }

        @Override
        public void onMessage(Packet packet) {
            if (!(FromReplica.of(packet) instanceof FromReplica.Entry(LogEntry entry))
                    || entry.position().index() != first + entries.size()) {
                throw new IllegalArgumentException("Not the next entry");
            }
            entries.add(entry);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.isOk() && !entries.isEmpty()) {
                done.complete(List.copyOf(entries));
                return;
            }
            FailureCode code = switch (status.getCode()) {
                case NOT_FOUND -> FailureCode.OBJECT_MISSING;
                case DEADLINE_EXCEEDED -> FailureCode.TIMED_OUT;
                case RESOURCE_EXHAUSTED -> FailureCode.OVERLOADED;
                default -> FailureCode.NOT_LEADER;
            };
            done.completeExceptionally(
                    new ServiceException(code, "Entry " + first + " of group " + group + " cannot be read: " + status));
        }
    }
}
