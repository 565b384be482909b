package io.weir.testsupport.consensus;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The simplest replicated state: the list of the texts applied so far; the reply is a text's place in it.
 *
 * <p>Tests that need it to do something else, too, extend it. Threading: safe to look at from any thread.
 */
public class JournalState implements ReplicatedState {
    private final List<String> texts = new ArrayList<>();
    private final List<Leadership> leaderships = new ArrayList<>();
    private LogPosition last = LogPosition.NONE;

    /** An entry that {@link #apply} understands, in two pieces. */
    public static List<ByteBuffer> entry(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int half = bytes.length / 2;
        return List.of(ByteBuffer.wrap(bytes, 0, half), ByteBuffer.wrap(bytes, half, bytes.length - half));
    }

    /** The text of an entry's bytes. */
    public static String text(List<ByteBuffer> entry) {
        int size = entry.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer whole = ByteBuffer.allocate(size);
        entry.forEach(piece -> whole.put(piece.duplicate()));
        return new String(whole.array(), StandardCharsets.UTF_8);
    }

    @Override
    public void reset() {
        synchronized (this) {
            texts.clear();
            last = LogPosition.NONE;
        }
    }

    @Override
    public void restore(InputStream snapshot, LogPosition position) throws IOException {
        synchronized (this) {
            texts.clear();
            DataInputStream in = new DataInputStream(snapshot);
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                texts.add(in.readUTF());
            }
            last = position;
        }
    }

    /** An entry of the text {@code throw} is a bug: it throws. */
    @Override
    public Object apply(LogPosition position, List<ByteBuffer> entry) {
        synchronized (this) {
            String text = text(entry);
            if (text.equals("throw")) {
                throw new IllegalStateException("the test asked for it");
            }
            if (position.compareTo(last) <= 0) {
                throw new IllegalStateException("Applied " + position + " after " + last);
            }
            last = position;
            texts.add(text);
            return texts.size() - 1;
        }
    }

    @Override
    public Frozen freeze() {
        synchronized (this) {
            List<String> view = List.copyOf(texts);
            return new Frozen() {
                @Override
                public void writeTo(OutputStream out) throws IOException {
                    DataOutputStream data = new DataOutputStream(out);
                    data.writeInt(view.size());
                    for (String text : view) {
                        data.writeUTF(text);
                    }
                    data.flush();
                }

                @Override
                public void close() {}
            };
        }
    }

    @Override
    public void leadershipChanged(Leadership leadership) {
        synchronized (this) {
            leaderships.add(leadership);
        }
    }

    public synchronized List<String> texts() {
        return List.copyOf(texts);
    }

    /** Every leadership it was told of, in order. */
    public synchronized List<Leadership> leaderships() {
        return List.copyOf(leaderships);
    }
}
