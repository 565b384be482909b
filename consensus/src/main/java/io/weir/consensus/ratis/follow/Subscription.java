package io.weir.consensus.ratis.follow;

import io.weir.consensus.ratis.forward.Packet;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.PeerId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ClientCall;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a group's entries from one replica. The next message is asked for when the one before it was dealt
 * with: a slow follower holds up the replica's feed, and nothing gathers here.
 *
 * <p>Threading: the follower is called by one thread of the transport's at a time, which may be blocked; other streams
 * are not held up.
 */
public final class Subscription {
    /** One that is dealt with, and one that arrives meanwhile. */
    private static final int PREFETCHED = 2;

    private final Follower follower;
    private final ClientCall<Packet, Packet> call;
    private final Path arriving;
    private final CountDownLatch fileGone = new CountDownLatch(1);
    private volatile long heardNanos = System.nanoTime();
    private volatile boolean busy;
    private @Nullable ArrivingSnapshot snapshot;

    /** Who listens to it. */
    public interface Follower {
        void told(Subscription from, News news);

        /** @throws IOException when it cannot be used: the stream ends */
        void snapshot(Subscription from, LogPosition position, InputStream content) throws IOException;

        void entry(Subscription from, LogEntry entry);

        /** Nothing more comes. */
        void ended(Subscription from, String why);
    }

    /**
     * One that has not begun.
     *
     * @param mostEntryBytes the largest entry's
     * @param arriving the file for a snapshot on its way
     */
    public Subscription(ManagedChannel to, int mostEntryBytes, Path arriving, Follower follower) {
        this.follower = follower;
        this.arriving = arriving;
        int most = mostEntryBytes + FromReplica.ENTRY_HEAD_BYTES;
        this.call = to.newCall(Methods.FOLLOW, CallOptions.DEFAULT.withMaxInboundMessageSize(Math.max(most, 1 << 20)));
    }

    /** Begins behind an index; once. */
    public void start(String group, PeerId self, long applied) {
        call.start(new Listener(), new Metadata());
        call.request(PREFETCHED);
        call.sendMessage(new ToReplica.Subscription(group, self, applied).packet());
        call.halfClose();
    }

    /** It will be {@code ended} soon. */
    public void cancel(String why) {
        call.cancel(why, null);
    }

    /**
     * Waits for the end of one that began and was cancelled: from there on it makes no file, and its own is gone.
     *
     * @return whether it has ended so far; not if the thread is interrupted, which stays to be seen
     */
    public boolean awaitEnd(Duration most) {
        try {
            return fileGone.await(most.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** For how long nothing has come, though it would have been dealt with at once. */
    public long silentNanos() {
        return busy ? 0 : System.nanoTime() - heardNanos;
    }

    private final class Listener extends ClientCall.Listener<Packet> {
        @Override
        public void onMessage(Packet packet) {
            busy = true;
            try {
                handle(FromReplica.of(packet));
            } catch (IOException | IllegalArgumentException unusable) {
                call.cancel(String.valueOf(unusable.getMessage()), unusable);
            } finally {
                heardNanos = System.nanoTime();
                busy = false;
            }
            call.request(1);
        }

        private void handle(FromReplica message) throws IOException {
            switch (message) {
                case FromReplica.Told(News news) -> follower.told(Subscription.this, news);
                case FromReplica.Entry(LogEntry entry) -> follower.entry(Subscription.this, entry);
                case FromReplica.Snapshot announced -> {
                    discard();
                    snapshot = new ArrivingSnapshot(announced, arriving);
                    restoreIfComplete(snapshot);
                }
                case FromReplica.Part(var bytes) -> {
                    ArrivingSnapshot to = snapshot;
                    if (to == null) {
                        throw new IOException("A part of no snapshot");
                    }
                    to.add(bytes);
                    restoreIfComplete(to);
                }
            }
        }

        private void restoreIfComplete(ArrivingSnapshot arrived) throws IOException {
            if (arrived.isComplete()) {
                try (arrived;
                        InputStream content = arrived.open()) {
                    follower.snapshot(Subscription.this, arrived.position(), content);
                } finally {
                    snapshot = null;
                }
            }
        }

        private void discard() throws IOException {
            if (snapshot != null) {
                snapshot.close();
                snapshot = null;
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            String why = status.toString();
            try {
                discard();
            } catch (IOException stays) {
                why += ", and its snapshot's file stays: " + stays.getMessage();
            } finally {
                fileGone.countDown();
            }
            follower.ended(Subscription.this, why);
        }
    }
}
