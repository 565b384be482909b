package io.weir.kafka.fetch;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamRead;
import io.weir.contracts.read.TailReader.Watch;
import io.weir.gateway.connection.Connection;
import io.weir.gateway.read.TieredReader;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.topics.Partitions;
import io.weir.kafka.wire.StoredRecords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.jspecify.annotations.Nullable;

/**
 * One fetch: reads what there is; when that is less than the client wants to wait for, waits for a notification of any
 * of its partitions and reads again, until its time is over.
 *
 * <p>Threading: the connection's event loop.
 */
final class FetchOperation {
    private static final int PARALLEL_READS = 8;

    private final List<WantedPartition> wanted;
    private final Function<FetchKey, PartitionLookup> lookup;
    private final TieredReader reader;
    private final Connection connection;
    private final FetchBudget budget;
    private final FetchTerms terms;
    private final CompletableFuture<Outcome> done = new CompletableFuture<>();
    private final PartitionData[] answers;
    private final boolean[] foundEmpty;
    private final @Nullable StreamLocation[] locations;
    private final List<Watch> watches = new ArrayList<>();
    private Connection.@Nullable Timer timer;
    private int round;
    private boolean waiting;
    private boolean registering;
    private int cursor;
    private int reading;
    private boolean pumping;
    private boolean timeIsUp;
    private boolean answerNow;
    private boolean starved;
    private long granted;
    private long bytesLeft;
    private long bytesFound;

    FetchOperation(
            List<WantedPartition> wanted,
            Function<FetchKey, PartitionLookup> lookup,
            TieredReader reader,
            Connection connection,
            FetchBudget budget,
            FetchTerms terms) {
        this.wanted = wanted;
        this.lookup = lookup;
        this.reader = reader;
        this.connection = connection;
        this.budget = budget;
        this.terms = terms;
        this.answers = new PartitionData[wanted.size()];
        this.foundEmpty = new boolean[wanted.size()];
        this.locations = new StreamLocation[wanted.size()];
        this.timeIsUp = terms.maxWait().isZero() || wanted.isEmpty();
    }

    /**
     * What a client asks for, within bounds.
     *
     * @param oldCodecsOnly zstd is not for clients of this age
     */
    record FetchTerms(Duration maxWait, int minBytes, int maxBytes, boolean readCommitted, boolean oldCodecsOnly) {}

    /** Answers in the order of the wanted partitions, and how much of the budget they hold. */
    record Outcome(List<Found> found, long heldBytes) {}

    CompletableFuture<Outcome> start() {
        attempt();
        return done;
    }

    /** The client is gone. */
    void cancel() {
        stopWaiting();
        done.cancel(false);
        timeIsUp();
    }

    private void attempt() {
        cursor = 0;
        answerNow = false;
        starved = false;
        bytesFound = 0;
        granted = budget.take(terms.maxBytes());
        bytesLeft = granted;
        pump();
    }

    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        while (cursor < wanted.size() && reading < PARALLEL_READS && (bytesLeft > 0 || !mayGetRoom())) {
            evaluate(cursor++);
        }
        pumping = false;
        if (cursor < wanted.size()) {
            startTimer();
        } else if (reading == 0) {
            finish();
        }
    }

    /**
     * What running reads have reserved comes back where they find nothing. Whoever is passed over before that starves,
     * if those in front of it find nothing every time.
     */
    private boolean mayGetRoom() {
        return reading > 0 && !timeIsUp;
    }

    private void evaluate(int index) {
        WantedPartition partition = wanted.get(index);
        locations[index] = null;
        switch (lookup.apply(partition.key())) {
            case PartitionLookup.Missing(Errors error) -> answer(index, error);
            case PartitionLookup.Nearer(StreamLocation location, NodeId node) -> {
                if (epochIsRight(index, partition, location)) {
                    redirect(index, node);
                }
            }
            case PartitionLookup.At(StreamLocation location) -> {
                if (epochIsRight(index, partition, location)) {
                    locations[index] = location;
                    evaluate(index, partition, location);
                }
            }
        }
    }

    private boolean epochIsRight(int index, WantedPartition partition, StreamLocation location) {
        Errors wrongEpoch = Partitions.epochError(partition.leaderEpoch(), location);
        if (wrongEpoch != Errors.NONE) {
            answer(index, wrongEpoch);
        }
        return wrongEpoch == Errors.NONE;
    }

    private void evaluate(int index, WantedPartition partition, StreamLocation location) {
        StreamBounds bounds = reader.bounds(location).orElse(null);
        if (bounds == null) {
            answer(index, Errors.NOT_LEADER_OR_FOLLOWER);
            return;
        }
        boolean nothingYet = partition.offset() == bounds.end();
        if (nothingYet || (bytesLeft <= 0 && inRange(partition.offset(), bounds))) {
            starved |= !nothingYet && granted == 0;
            answer(index, bounds, StoredRecords.EMPTY);
            return;
        }
        if (partition.offset() < 0) {
            answer(index, Errors.OFFSET_OUT_OF_RANGE);
            return;
        }
        int limit = (int) Math.max(1, Math.min(partition.maxBytes(), bytesLeft));
        bytesLeft -= limit;
        reading++;
        var _ = reader.read(location, partition.offset(), limit)
                .whenComplete((read, failure) -> connection.loop().execute(() -> {
                    reading--;
                    bytesLeft += limit;
                    accept(index, limit, read, failure);
                    pump();
                }));
    }

    private static boolean inRange(long offset, StreamBounds bounds) {
        return offset >= bounds.logStart() && offset <= bounds.end();
    }

    private void accept(int index, int limit, @Nullable StreamRead read, @Nullable Throwable failure) {
        if (read == null) {
            answer(index, failure == null ? Errors.UNKNOWN_SERVER_ERROR : ErrorTable.forFetch(failure));
            return;
        }
        switch (read) {
            case StreamRead.NotHere gone -> answer(index, Errors.NOT_LEADER_OR_FOLLOWER);
            case StreamRead.OutOfRange(StreamBounds bounds) -> {
                answer(index, Errors.OFFSET_OUT_OF_RANGE);
                answers[index]
                        .setHighWatermark(bounds.end())
                        .setLastStableOffset(bounds.lastStable())
                        .setLogStartOffset(bounds.logStart());
            }
            case StreamRead.Gap(StreamBounds bounds, long _) -> {
                foundEmpty[index] = true;
                answer(index, bounds, StoredRecords.EMPTY);
            }
            case StreamRead.Batches(StreamBounds bounds, List<StoredBatches> batches) -> {
                foundEmpty[index] |= batches.isEmpty();
                List<StoredBatches> visible = visible(bounds, batches);
                StoredRecords records = new StoredRecords(visible);
                if (records.sizeInBytes() > limit && !mayExceed(records.sizeInBytes() - limit)) {
                    records = StoredRecords.EMPTY;
                }
                if (terms.oldCodecsOnly() && records.anyZstd()) {
                    answer(index, Errors.UNSUPPORTED_COMPRESSION_TYPE);
                    return;
                }
                bytesFound += records.sizeInBytes();
                bytesLeft -= records.sizeInBytes();
                answer(index, bounds, records);
            }
        }
    }

    /** Only the first batch of the whole answer may be over the limit, and only while the budget is not spent. */
    private boolean mayExceed(int bytes) {
        if (bytesFound > 0) {
            return false;
        }
        if (!budget.extend(granted, bytes)) {
            starved = true;
            return false;
        }
        granted += bytes;
        return true;
    }

    private List<StoredBatches> visible(StreamBounds bounds, List<StoredBatches> batches) {
        if (!terms.readCommitted() || bounds.lastStable() == bounds.end()) {
            return batches;
        }
        return batches.stream()
                .filter(run -> run.nextOffset() <= bounds.lastStable())
                .toList();
    }

    private void answer(int index, Errors error) {
        answerNow = true;
        answers[index] = empty(index).setErrorCode(error.code()).setRecords(StoredRecords.EMPTY);
    }

    /** At once: the client asks there instead of waiting here. */
    private void redirect(int index, NodeId node) {
        answerNow = true;
        answers[index] = empty(index).setPreferredReadReplica(node.value()).setRecords(StoredRecords.EMPTY);
    }

    private void answer(int index, StreamBounds bounds, BaseRecords records) {
        answers[index] = empty(index)
                .setHighWatermark(bounds.end())
                .setLastStableOffset(bounds.lastStable())
                .setLogStartOffset(bounds.logStart())
                .setRecords(records);
    }

    private PartitionData empty(int index) {
        return new PartitionData()
                .setPartitionIndex(wanted.get(index).key().partition())
                .setHighWatermark(-1)
                .setAbortedTransactions(terms.readCommitted() ? List.of() : null);
    }

    private void finish() {
        if (timeIsUp || answerNow || bytesFound >= terms.minBytes()) {
            stopWaiting();
            budget.release(granted - bytesFound);
            List<Found> found = new ArrayList<>(wanted.size());
            for (int i = 0; i < answers.length; i++) {
                found.add(new Found(wanted.get(i), answers[i], foundEmpty[i]));
            }
            if (!done.complete(new Outcome(found, bytesFound))) {
                budget.release(bytesFound);
            }
            return;
        }
        budget.release(granted);
        await();
    }

    private void await() {
        startTimer();
        int mine = ++round;
        AtomicBoolean woken = new AtomicBoolean();
        Runnable wake = () -> {
            if (woken.compareAndSet(false, true)) {
                connection.loop().execute(() -> again(mine));
            }
        };
        waiting = true;
        registering = true;
        for (int i = 0; i < answers.length && !woken.get(); i++) {
            StreamLocation location = locations[i];
            if (location != null) {
                // Above the end where this replica is behind: what lies between is not what the client waits for.
                long beyond = Math.max(answers[i].highWatermark(), wanted.get(i).offset());
                watches.add(reader.watch(location, beyond, wake));
            }
        }
        if (starved) {
            watches.add(budget.await(wake));
        }
        registering = false;
        if (woken.get()) {
            again(mine);
        }
    }

    private void startTimer() {
        if (timer == null && !timeIsUp) {
            timer = connection.schedule(terms.maxWait(), this::timeIsUp);
        }
    }

    /** What is being read is waited for; who waits for room behind that is passed over. */
    private void timeIsUp() {
        timeIsUp = true;
        again(round);
        if (reading > 0) {
            pump();
        }
    }

    private void again(int waitedFor) {
        if (waiting && !registering && waitedFor == round && !done.isDone()) {
            waiting = false;
            closeWatches();
            attempt();
        }
    }

    private void stopWaiting() {
        waiting = false;
        closeWatches();
        if (timer != null) {
            timer.cancel();
        }
    }

    private void closeWatches() {
        watches.forEach(Watch::close);
        watches.clear();
    }
}
