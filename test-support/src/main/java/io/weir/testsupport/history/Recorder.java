package io.weir.testsupport.history;

import io.weir.testsupport.history.Operation.Assigned;
import io.weir.testsupport.history.Operation.Commit;
import io.weir.testsupport.history.Operation.Fetch;
import io.weir.testsupport.history.Operation.Poll;
import io.weir.testsupport.history.Operation.Revoked;
import io.weir.testsupport.history.Operation.Scan;
import io.weir.testsupport.history.Operation.Seek;
import io.weir.testsupport.history.Operation.Send;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a history into a file while it happens. In memory are only the operations that have not ended; how many those
 * may be, and how many operations there may be at all, is bounded.
 *
 * <p>Threading: any; a consumer's operations come from one thread at a time, as its client demands. Many processes that
 * drive clients need a recorder each and one clock, and their histories are not joined here.
 *
 * <p>A client's callback may swallow what is thrown into it: the first failure is thrown again by every later call.
 */
public final class Recorder implements AutoCloseable {
    private static final int MOST_PENDING = 100_000;
    private static final long MOST_OPERATIONS = 20_000_000;

    private final Path file;
    private final BufferedWriter lines;
    private final LongSupplier nanoTime;
    private final int mostPending;
    private final long mostOperations;
    private final Set<Pending<?>> pending = new HashSet<>();
    private long appended;
    private long written;
    private boolean closed;
    private @Nullable RuntimeException broken;

    /** Begins a history in a new file. */
    public Recorder(Path file) throws IOException {
        this(file, sinceNow(), MOST_PENDING, MOST_OPERATIONS);
    }

    Recorder(Path file, LongSupplier nanoTime, int mostPending, long mostOperations) throws IOException {
        this.file = file;
        this.nanoTime = nanoTime;
        this.mostPending = mostPending;
        this.mostOperations = mostOperations;
        this.lines = Files.newBufferedWriter(file);
        append(HistoryText.VERSION);
    }

    private static LongSupplier sinceNow() {
        long start = System.nanoTime();
        return () -> System.nanoTime() - start;
    }

    /** Grants what the name's settings allow. */
    public synchronized void allow(Allowance allowance, String name) {
        requireOpen();
        append(HistoryText.allowance(allowance, name));
    }

    /** A record is about to be sent; {@link Send#at} tells where it was acknowledged. */
    public Pending<Send> send(String producer, long sequence, Partition partition, long value) {
        return begin(span -> new Send(span, producer, sequence, partition, value, Operation.NONE));
    }

    /** A consumer is about to poll; {@link Poll#returned} tells what it was given. */
    public Pending<Poll> poll(String consumer) {
        return begin(span -> new Poll(span, consumer, List.of()));
    }

    /** Offsets are about to be committed. */
    public Pending<Commit> commit(String client, String group, Map<Partition, Long> offsets) {
        return begin(span -> new Commit(span, client, group, offsets));
    }

    /** A group's offsets are about to be asked for; {@link Fetch#found} tells them. */
    public Pending<Fetch> fetch(String client, String group) {
        return begin(span -> new Fetch(span, client, group, Map.of()));
    }

    /** A consumer is about to read a partition as a whole; {@link Scan#between} tells its start and end. */
    public Pending<Scan> scan(String consumer, Partition partition) {
        return begin(span -> new Scan(span, consumer, partition, 0, 0));
    }

    /** A consumer has gone to an offset. */
    public void seek(String consumer, Partition partition, long offset) {
        begin(span -> new Seek(span, consumer, partition, offset)).ok();
    }

    /** A group has given partitions to a member: from its listener, which its client calls within a poll. */
    public void assigned(String consumer, String group, List<Partition> partitions) {
        begin(span -> new Assigned(span, consumer, group, partitions)).ok();
    }

    /** A consumer gives partitions up, or has lost them. */
    public void revoked(String consumer, List<Partition> partitions) {
        begin(span -> new Revoked(span, consumer, partitions)).ok();
    }

    private <T extends Operation> Pending<T> begin(Function<Span, T> operation) {
        long now = nanoTime.getAsLong();
        Pending<T> begun = new Pending<>(this, operation.apply(new Span(now, now, Outcome.UNKNOWN)));
        synchronized (this) {
            requireOpen();
            require(pending.size() < mostPending, mostPending + " operations have not ended");
            require(written + pending.size() < mostOperations, "There are " + mostOperations + " operations");
            pending.add(begun);
        }
        return begun;
    }

    void end(Pending<?> ended, Outcome outcome, Operation operation) {
        long now = nanoTime.getAsLong();
        String line = HistoryText.line(operation.ended(new Span(operation.span().invokedNanos(), now, outcome)));
        synchronized (this) {
            requireOpen();
            require(pending.remove(ended), "It has ended before: " + line);
            append(line);
            written++;
        }
    }

    /** What is recorded so far; operations that have not ended are unknown. */
    public History history() throws IOException {
        List<String> rest = new ArrayList<>();
        long whole;
        synchronized (this) {
            requireOpen();
            lines.flush();
            whole = appended;
            pending.forEach(each -> rest.add(HistoryText.line(each.begun())));
            rest.add(HistoryText.end(written + pending.size()));
        }
        try (Stream<String> first = Files.lines(file)) {
            return new HistoryReader(
                            Stream.concat(first.limit(whole), rest.stream()).iterator())
                    .read();
        }
    }

    /** Ends the file with the operations that have not ended as unknown. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (lines) {
            requireWhole();
            for (Pending<?> each : pending) {
                append(HistoryText.line(each.begun()));
            }
            append(HistoryText.end(written + pending.size()));
        }
    }

    private void append(String line) {
        try {
            lines.append(line).append('\n');
            appended++;
        } catch (IOException failure) {
            broken = new UncheckedIOException(failure);
            throw broken;
        }
    }

    private void requireOpen() {
        requireWhole();
        if (closed) {
            throw new IllegalStateException("The history is closed");
        }
    }

    private void requireWhole() {
        if (broken != null) {
            throw new IllegalStateException("The history is incomplete: " + broken.getMessage(), broken);
        }
    }

    private void require(boolean condition, String message) {
        if (!condition) {
            broken = new IllegalStateException(message);
            throw broken;
        }
    }
}
