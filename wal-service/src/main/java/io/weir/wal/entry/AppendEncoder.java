package io.weir.wal.entry;

import io.weir.contracts.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Collects batches into one append entry. Not thread-safe; used once. */
public final class AppendEncoder {
    private static final int FIRST_GROUP_AT = EntryCodec.PREFIX_BYTES + 20;

    private final long timeMs;
    private final long session;
    private final long sequence;
    private final List<ByteBuffer> pieces = new ArrayList<>();
    private ByteBuffer header = ByteBuffer.allocate(256);
    private long lastStream = -1;
    private int lastIncarnation = -1;
    private int batchCountAt;
    private int groups;

    AppendEncoder(long timeMs, long session, long sequence) {
        this.timeMs = timeMs;
        this.session = session;
        this.sequence = sequence;
        pieces.add(header);
        header.position(FIRST_GROUP_AT);
    }

    /** Batches of one stream that follow one another share its field in the header. */
    public void add(long stream, int incarnation, RecordBatch batch) {
        if (header.remaining() < 20) {
            header = ByteBuffer.allocate(header.capacity() * 2).put(header.flip());
        }
        if (stream != lastStream || incarnation != lastIncarnation) {
            header.putLong(stream).putInt(incarnation);
            batchCountAt = header.position();
            header.putInt(0);
            lastStream = stream;
            lastIncarnation = incarnation;
            groups++;
        }
        header.putInt(batchCountAt, header.getInt(batchCountAt) + 1).putInt(batch.sizeBytes());
        pieces.add(batch.bytes());
    }

    public List<ByteBuffer> encode() {
        header.flip();
        int headerBytes = header.limit();
        EntryCodec.writePrefix(header, EntryCodec.APPEND, headerBytes, timeMs);
        header.putLong(session).putLong(sequence).putInt(groups).position(0);
        pieces.set(0, header);
        return pieces;
    }
}
