package io.weir.testsupport.streams;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.append.StreamAppender;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.read.SegmentReader;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamControl;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.read.TailReader;
import io.weir.contracts.segment.SegmentView;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Every port of a shard and of the object tier's read side, over streams in memory. What a test has {@linkplain #flush
 * flushed} is found in the "segments" only, as it would be on a real shard.
 *
 * <p>Threading: any thread. Futures complete on the executor given to {@link #completingOn}, and at once on the calling
 * thread when none was.
 */
public final class MemoryStreams implements StreamAppender, TailReader, StreamControl, SegmentReader {
    private final Map<StreamId, MemoryStream> streams = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<AppendResult> injected = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<RuntimeException> failingReads = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<CompletableFuture<Void>> held = new ConcurrentLinkedQueue<>();
    private final AtomicInteger confirmations = new AtomicInteger();
    private final AtomicInteger openWatches = new AtomicInteger();
    private volatile Executor completion = Runnable::run;
    private volatile boolean holding;

    /** Opens and deletes streams as the topics of the metadata come and go. */
    public MemoryStreams following(MetadataSource metadata) {
        metadata.subscribe((image, changed, deleted) -> reconcile(image));
        return this;
    }

    /** Futures complete on this executor from now on. */
    public MemoryStreams completingOn(Executor executor) {
        completion = executor;
        return this;
    }

    private void reconcile(MetadataImage image) {
        Set<StreamId> wanted = new HashSet<>();
        for (Topic topic : image.topics()) {
            for (PartitionBlock block : topic.blocks()) {
                for (int i = 0; i < block.count(); i++) {
                    StreamId stream = new StreamId(block.firstStream().value() + i);
                    wanted.add(stream);
                    streams.computeIfAbsent(
                            stream, id -> new MemoryStream(block.incarnation().value()));
                }
            }
        }
        List.copyOf(streams.keySet()).stream()
                .filter(stream -> !wanted.contains(stream))
                .forEach(this::remove);
    }

    public void open(StreamLocation location) {
        streams.computeIfAbsent(
                location.stream(), id -> new MemoryStream(location.incarnation().value()));
    }

    /** The stream is gone: whoever waits for it is told. */
    public void remove(StreamId stream) {
        MemoryStream removed = streams.remove(stream);
        if (removed != null) {
            List<Runnable> due;
            synchronized (removed) {
                due = removed.releasedByRemoval();
            }
            due.forEach(completion::execute);
        }
    }

    /** The next append gets this answer and changes nothing. */
    public void refuseNext(RefusalReason reason) {
        injected.add(new AppendResult.Refused(reason, "Refused by the test: " + reason));
    }

    /** The next append gets this answer and changes nothing. */
    public void answerNext(AppendResult result) {
        injected.add(result);
    }

    /** The next read fails. */
    public void failNextRead(RuntimeException failure) {
        failingReads.add(failure);
    }

    /** Appends are applied, but not acknowledged, until {@link #release}. */
    public void hold() {
        holding = true;
    }

    /** Acknowledges what was held back, in order. */
    public void release() {
        holding = false;
        for (CompletableFuture<Void> next = held.poll(); next != null; next = held.poll()) {
            next.complete(null);
        }
    }

    /** How many appends wait for {@link #release}. */
    public int heldBack() {
        return held.size();
    }

    /** Offsets below this are found in segments from now on. */
    public void flush(StreamId stream, long upTo) {
        MemoryStream memory = stream(stream);
        synchronized (memory) {
            memory.flushTo(upTo);
        }
    }

    /** The stream goes on at another shard: what is there by now is found in the segments of the present one. */
    public void move(StreamId stream) {
        MemoryStream memory = stream(stream);
        synchronized (memory) {
            memory.move();
        }
    }

    /** What was not flushed is lost, and the stream goes on at an offset behind all of it, as a restore has it do. */
    public void loseTail(StreamId stream, long next) {
        MemoryStream memory = stream(stream);
        synchronized (memory) {
            memory.loseTail(next);
        }
    }

    /** How often the leader was asked to confirm a stream's ends. */
    public int confirmations() {
        return confirmations.get();
    }

    /** How many watches are neither called back nor closed. */
    public int openWatches() {
        return openWatches.get();
    }

    /** What the stream holds, in order. */
    public List<StoredBatches.Raw> batches(StreamId stream) {
        MemoryStream memory = stream(stream);
        synchronized (memory) {
            return List.copyOf(memory.all());
        }
    }

    private MemoryStream stream(StreamId stream) {
        MemoryStream found = streams.get(stream);
        if (found == null) {
            throw new IllegalStateException("No stream " + stream);
        }
        return found;
    }

    @Override
    public CompletableFuture<AppendResult> append(StreamLocation location, RecordBatch batch) {
        AppendResult answer = injected.poll();
        MemoryStream stream = streams.get(location.stream());
        List<Runnable> due = List.of();
        if (answer == null && stream == null) {
            answer = new AppendResult.Refused(RefusalReason.UNKNOWN_STREAM, "No stream " + location.stream());
        } else if (answer == null && stream != null) {
            synchronized (stream) {
                answer = stream.append(batch);
                due = stream.released();
            }
        }
        due.forEach(completion::execute);
        AppendResult result = java.util.Objects.requireNonNull(answer);
        if (holding) {
            CompletableFuture<Void> gate = new CompletableFuture<>();
            held.add(gate);
            return gate.thenApplyAsync(done -> result, completion);
        }
        return completed(result);
    }

    @Override
    public Optional<StreamBounds> bounds(StreamLocation location) {
        MemoryStream stream = streams.get(location.stream());
        if (stream == null) {
            return Optional.empty();
        }
        synchronized (stream) {
            return Optional.of(stream.bounds());
        }
    }

    @Override
    public CompletableFuture<Optional<StreamBounds>> confirmedBounds(StreamLocation location) {
        confirmations.incrementAndGet();
        return completed(bounds(location));
    }

    @Override
    public CompletableFuture<TailRead> read(StreamLocation location, long offset, int maxBytes) {
        RuntimeException failure = failingReads.poll();
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        MemoryStream stream = streams.get(location.stream());
        if (stream == null) {
            return completed(new TailRead.NotHere("No stream " + location.stream()));
        }
        synchronized (stream) {
            StreamBounds bounds = stream.bounds();
            if (offset < bounds.logStart() || offset > bounds.end()) {
                return completed(new TailRead.OutOfRange(bounds));
            }
            if (offset < stream.flushedEnd()) {
                SegmentView view = SegmentView.empty(location.shard());
                return completed(new TailRead.InSegments(bounds, stream.segmentsEnd(offset), view));
            }
            return completed(new TailRead.Batches(bounds, stream.between(offset, bounds.end(), maxBytes)));
        }
    }

    @Override
    public Watch watch(StreamLocation location, long offset, Runnable callback) {
        MemoryStream stream = streams.get(location.stream());
        if (stream == null) {
            callback.run();
            return () -> {};
        }
        AtomicBoolean open = new AtomicBoolean(true);
        openWatches.incrementAndGet();
        MemoryStream.Waiter waiter = new MemoryStream.Waiter(offset, () -> {
            if (open.compareAndSet(true, false)) {
                openWatches.decrementAndGet();
                callback.run();
            }
        });
        boolean reached;
        synchronized (stream) {
            reached = stream.bounds().end() > offset;
            if (!reached) {
                stream.await(waiter);
            }
        }
        if (reached) {
            waiter.callback().run();
        }
        return () -> close(stream, waiter, open);
    }

    private void close(MemoryStream stream, MemoryStream.Waiter waiter, AtomicBoolean open) {
        if (open.compareAndSet(true, false)) {
            openWatches.decrementAndGet();
            synchronized (stream) {
                stream.forget(waiter);
            }
        }
    }

    @Override
    public CompletableFuture<Optional<Long>> trim(StreamLocation location, long offset) {
        MemoryStream stream = streams.get(location.stream());
        if (stream == null) {
            return completed(Optional.empty());
        }
        synchronized (stream) {
            try {
                return completed(Optional.of(stream.trim(offset)));
            } catch (IllegalArgumentException beyondTheEnd) {
                return CompletableFuture.failedFuture(beyondTheEnd);
            }
        }
    }

    @Override
    public CompletableFuture<List<StoredBatches>> read(
            SegmentView view, StreamId stream, OffsetRange offsets, int maxBytes) {
        RuntimeException failure = failingReads.poll();
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        MemoryStream memory = stream(stream);
        synchronized (memory) {
            return completed(memory.between(offsets.from(), Math.min(offsets.to(), memory.flushedEnd()), maxBytes));
        }
    }

    @Override
    public CompletableFuture<Optional<Long>> firstBlockReaching(
            SegmentView view, StreamId stream, OffsetRange offsets, long timestampMs) {
        MemoryStream memory = stream(stream);
        synchronized (memory) {
            @Nullable Long found = null;
            for (StoredBatches.Raw batch : memory.all()) {
                boolean inRange = batch.nextOffset() > offsets.from() && batch.baseOffset() < offsets.to();
                if (found == null && inRange && batch.batch().maxTimestampMs() >= timestampMs) {
                    found = Math.max(batch.baseOffset(), offsets.from());
                }
            }
            return completed(Optional.ofNullable(found));
        }
    }

    private <T> CompletableFuture<T> completed(T value) {
        Executor executor = completion;
        CompletableFuture<T> future = new CompletableFuture<>();
        executor.execute(() -> future.complete(value));
        return future;
    }
}
