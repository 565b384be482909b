package io.weir.wal.sim;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.append.StreamAppender;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.StreamLocation;
import io.weir.wal.Batches;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A client that writes to one stream, several batches at a time. An idempotent one sends again, in order, what was not
 * acknowledged; the other gives up at once.
 */
final class SimulatedProducer {
    /** More than a shard remembers the places of: after a change of the gateway clients have that many, too. */
    private static final int IN_FLIGHT = 8;
    /** One batch in so many is lost on its way, and the next one goes ahead of it. */
    private static final int LOST_ONE_IN = 10;

    private final History history;
    private final Function<StreamLocation, Optional<StreamLocation>> lookUp;
    private final Predicate<StreamLocation> isDeleted;
    private StreamLocation location;
    private final long producerId;
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private short epoch;
    private int nextSequence;
    private boolean dead;
    private boolean stored;
    private @Nullable CompletableFuture<AppendResult> lost;
    private int connection;

    private static final class Sent {
        private final RecordBatch batch;
        private @Nullable CompletableFuture<AppendResult> future;

        private Sent(RecordBatch batch) {
            this.batch = batch;
        }
    }

    /** @param producerId {@link RecordBatch#NO_PRODUCER} for one that is not idempotent */
    SimulatedProducer(History history, StreamLocation location, long producerId) {
        this(history, location, producerId, gone -> Optional.empty(), gone -> false);
    }

    /** @param lookUp where the stream is that is not, or not yet, where it was last; empty when it is deleted */
    SimulatedProducer(
            History history,
            StreamLocation location,
            long producerId,
            Function<StreamLocation, Optional<StreamLocation>> lookUp) {
        this(history, location, producerId, lookUp, at -> lookUp.apply(at).isEmpty());
    }

    private SimulatedProducer(
            History history,
            StreamLocation location,
            long producerId,
            Function<StreamLocation, Optional<StreamLocation>> lookUp,
            Predicate<StreamLocation> isDeleted) {
        this.history = history;
        this.lookUp = lookUp;
        this.isDeleted = isDeleted;
        this.location = location;
        this.producerId = producerId;
    }

    StreamLocation location() {
        return location;
    }

    void act(StreamAppender appender, Random random) {
        collect();
        if (dead) {
            return;
        }
        if (sent.stream().anyMatch(one -> one.future == null)) {
            resend(appender);
        } else if (sent.size() < IN_FLIGHT) {
            send(appender, random);
        }
    }

    /** The server died, or the client goes to another: whoever has no answer gets none. */
    void disconnected() {
        collect();
        connection++;
        lost = null;
        for (Sent one : sent) {
            one.future = null;
        }
        if (!isIdempotent()) {
            sent.clear();
        }
    }

    private boolean isIdempotent() {
        return producerId != RecordBatch.NO_PRODUCER;
    }

    /** What is not sent again keeps its order on one connection only. */
    private String writer() {
        return isIdempotent() ? "producer " + producerId : location.stream() + ", " + hashCode() + "." + connection;
    }

    private void send(StreamAppender appender, Random random) {
        int records = 1 + random.nextInt(3);
        int filler = 8 + random.nextInt(400);
        long mark = history.nextMark(writer());
        RecordBatch batch = isIdempotent()
                ? Batches.batch(producerId, epoch, nextSequence, records, filler, mark)
                : Batches.plain(records, filler, mark);
        nextSequence += records;
        Sent one = new Sent(batch);
        sent.addLast(one);
        boolean isLost = isIdempotent() && lost == null && random.nextInt(LOST_ONE_IN) == 0;
        CompletableFuture<AppendResult> future = isLost ? new CompletableFuture<>() : appender.append(location, batch);
        one.future = future;
        if (isLost) {
            lost = future;
        } else {
            learnOfLoss();
        }
    }

    private void learnOfLoss() {
        if (lost != null) {
            lost.complete(new AppendResult.Unknown("Lost on the way"));
            lost = null;
        }
    }

    /** In order, and only once every batch sent before has been answered. */
    private void resend(StreamAppender appender) {
        learnOfLoss();
        for (Sent one : sent) {
            if (one.future != null && !one.future.isDone()) {
                return;
            }
        }
        for (Sent one : sent) {
            one.future = appender.append(location, one.batch);
        }
    }

    private void collect() {
        while (!sent.isEmpty()) {
            Sent first = sent.peekFirst();
            CompletableFuture<AppendResult> future = first.future;
            if (future == null || !future.isDone()) {
                return;
            }
            switch (future.join()) {
                case AppendResult.Committed committed -> acknowledged(first, committed.baseOffset());
                case AppendResult.Duplicate duplicate -> acknowledged(first, duplicate.baseOffset());
                case AppendResult.Moved moved -> {
                    follow(first);
                    return;
                }
                case AppendResult.Unknown unknown -> {
                    retryOrForget(first);
                    return;
                }
                case AppendResult.Refused refused -> {
                    refused(first, refused);
                    return;
                }
            }
        }
    }

    private void acknowledged(Sent one, long offset) {
        sent.remove(one);
        stored = true;
        history.acknowledged(location.stream().value(), Batches.mark(one.batch), offset);
    }

    private void refused(Sent one, AppendResult.Refused refused) {
        if (refused.reason() == RefusalReason.UNKNOWN_STREAM) {
            follow(one);
        } else if (refused.reason().retriable()) {
            retryOrForget(one);
        } else if (refused.reason() == RefusalReason.OUT_OF_ORDER_SEQUENCE
                && !stored
                && history.mayBeForgotten(producerId)) {
            // Its second batch was taken as the first, as that of any producer that might have been forgotten.
            die();
        } else if (refused.reason() == RefusalReason.OUT_OF_ORDER_SEQUENCE && isDeleted.test(location)) {
            // A late step of a move has brought the stream back as it was when it left, until it is deleted again.
            die();
        } else if (isIdempotent()) {
            throw new AssertionError("Producer " + producerId + " of " + location + ": " + refused);
        } else {
            sent.remove(one);
        }
    }

    private void follow(Sent one) {
        Optional<StreamLocation> now = lookUp.apply(location);
        if (now.isEmpty()) {
            die();
        } else {
            location = now.get();
            retryOrForget(one);
        }
    }

    private void retryOrForget(Sent one) {
        if (isIdempotent()) {
            one.future = null;
        } else {
            sent.remove(one);
        }
    }

    private void die() {
        dead = true;
        sent.clear();
    }
}
