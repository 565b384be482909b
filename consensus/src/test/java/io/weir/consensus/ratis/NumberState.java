package io.weir.consensus.ratis;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** The numbers that were applied; checks that each came once, and that its bytes are those that were submitted. */
final class NumberState implements ReplicatedState {
    private final TreeSet<Long> numbers = new TreeSet<>();

    /** The number, a size, and that many bytes that follow from the number. */
    static List<ByteBuffer> entry(long number, int size) {
        ByteBuffer head =
                ByteBuffer.allocate(Long.BYTES + Integer.BYTES).putLong(number).putInt(size);
        byte[] body = new byte[size];
        IntStream.range(0, size).forEach(i -> body[i] = (byte) (number * 31 + i));
        return List.of(head.flip(), ByteBuffer.wrap(body));
    }

    @Override
    public synchronized void reset() {
        numbers.clear();
    }

    @Override
    public synchronized void restore(InputStream snapshot, LogPosition position) throws IOException {
        numbers.clear();
        DataInputStream in = new DataInputStream(snapshot);
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            numbers.add(in.readLong());
        }
    }

    @Override
    public synchronized Object apply(LogPosition position, List<ByteBuffer> entry) {
        ByteBuffer whole = ByteBuffer.allocate(
                entry.stream().mapToInt(ByteBuffer::remaining).sum());
        entry.forEach(piece -> whole.put(piece.duplicate()));
        whole.flip();
        long number = whole.getLong();
        int size = whole.getInt();
        if (size != whole.remaining()) {
            throw new IllegalStateException("Entry " + number + " has " + whole.remaining() + " bytes, not " + size);
        }
        for (int i = 0; i < size; i++) {
            if (whole.get() != (byte) (number * 31 + i)) {
                throw new IllegalStateException("Entry " + number + " differs at byte " + i);
            }
        }
        if (!numbers.add(number)) {
            throw new IllegalStateException("Entry " + number + " was applied twice");
        }
        return number;
    }

    @Override
    public synchronized Frozen freeze() {
        List<Long> view = List.copyOf(numbers);
        return new Frozen() {
            @Override
            public void writeTo(OutputStream out) throws IOException {
                DataOutputStream data = new DataOutputStream(out);
                data.writeInt(view.size());
                for (long number : view) {
                    data.writeLong(number);
                }
                data.flush();
            }

            @Override
            public void close() {}
        };
    }

    /** The highest number, -1 without any. */
    synchronized long highest() {
        return numbers.isEmpty() ? -1 : numbers.last();
    }

    synchronized boolean hasAll(Collection<Long> some) {
        return numbers.containsAll(some);
    }

    synchronized boolean hasAnyOf(Collection<Long> some) {
        return some.stream().anyMatch(numbers::contains);
    }

    /** Whether every number from 0 to this one was applied. */
    synchronized boolean hasAllUpTo(long number) {
        return number < 0 || numbers.headSet(number, true).size() == number + 1;
    }
}
