package io.weir.wal.entry;

import io.weir.contracts.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the entry envelope, version 1: see {@code docs/formats/entry-envelope.md}.
 *
 * <p>Threading: stateless.
 */
public final class EntryCodec {
    public static final byte VERSION = 1;
    /** Version, tag, reserved, header length, entry time. */
    public static final int PREFIX_BYTES = 16;

    static final byte APPEND = 1;
    /** An append whose bytes are in an object already. Reserved: no version reads or writes it yet. */
    static final byte APPEND_ECONOMY = 2;

    private static final int TAG_AT = 1;
    private static final int RESERVED_AT = 2;
    private static final int HEADER_BYTES_AT = 4;
    private static final int TIME_AT = 8;
    /** Session, sequence, number of stream groups. */
    private static final int APPEND_FIELDS_BYTES = 20;
    /** Stream, incarnation, number of batches. */
    private static final int GROUP_BYTES = 16;

    private static final int MIN_GROUP_BYTES = GROUP_BYTES + Integer.BYTES;

    private EntryCodec() {}

    /** An entry of any command but an append. */
    public static List<ByteBuffer> encode(long timeMs, Command command) {
        CommandBody.Encoded body = CommandBody.encode(command);
        ByteBuffer entry = ByteBuffer.allocate(PREFIX_BYTES + body.bytes().length);
        writePrefix(entry, body.tag(), entry.capacity(), timeMs);
        entry.put(body.bytes());
        return List.of(entry.flip());
    }

    static void writePrefix(ByteBuffer target, byte tag, int headerBytes, long timeMs) {
        target.put(VERSION).put(tag).putShort((short) 0).putInt(headerBytes).putLong(timeMs);
    }

    /** Starts an append entry. */
    public static AppendEncoder append(long timeMs, long session, long sequence) {
        return new AppendEncoder(timeMs, session, sequence);
    }

    /** Bytes of an append's header beside the batches themselves, at most. */
    public static int appendHeaderBytes(int batches) {
        return PREFIX_BYTES + APPEND_FIELDS_BYTES + batches * MIN_GROUP_BYTES;
    }

    /** Decodes an entry; batches are views of the pieces. Never throws on what the bytes are. */
    public static DecodedEntry decode(List<ByteBuffer> pieces) {
        PieceReader reader = new PieceReader(pieces);
        if (reader.remaining() < PREFIX_BYTES) {
            return new DecodedEntry.Malformed(
                    "Entry of " + reader.remaining() + " bytes is shorter than its prefix of " + PREFIX_BYTES);
        }
        ByteBuffer prefix = reader.peek(PREFIX_BYTES);
        byte version = prefix.get(0);
        byte tag = prefix.get(TAG_AT);
        if (version != VERSION) {
            return new DecodedEntry.Unsupported(
                    "Entry has format version " + version + ", this software reads " + VERSION);
        }
        if (prefix.getShort(RESERVED_AT) != 0) {
            return new DecodedEntry.Unsupported("Entry has unknown flags " + prefix.getShort(RESERVED_AT));
        }
        int headerBytes = prefix.getInt(HEADER_BYTES_AT);
        if (headerBytes < PREFIX_BYTES || headerBytes > reader.remaining()) {
            return new DecodedEntry.Malformed(
                    "Entry of " + reader.remaining() + " bytes has a header of " + headerBytes);
        }
        if (tag != APPEND && !CommandBody.isKnown(tag)) {
            return new DecodedEntry.Unsupported("Entry has unknown command tag " + tag);
        }
        ByteBuffer header = reader.take(headerBytes);
        long timeMs = header.getLong(TIME_AT);
        header.position(PREFIX_BYTES);
        if (tag == APPEND) {
            return decodeAppend(timeMs, header, reader);
        }
        return reader.remaining() == 0
                ? CommandBody.decode(timeMs, tag, header)
                : new DecodedEntry.Malformed(reader.remaining() + " bytes follow a command of tag " + tag);
    }

    private static DecodedEntry decodeAppend(long timeMs, ByteBuffer header, PieceReader bodies) {
        if (header.remaining() < APPEND_FIELDS_BYTES) {
            return new DecodedEntry.Malformed("Append's header is cut short");
        }
        long session = header.getLong();
        long sequence = header.getLong();
        int groups = header.getInt();
        int count = countBatches(header, groups);
        if (count < 1) {
            return new DecodedEntry.Malformed("Append's " + groups + " stream groups do not fit its header");
        }
        long[] streams = new long[count];
        int[] incarnations = new int[count];
        RecordBatch[] batches = new RecordBatch[count];
        int next = 0;
        for (int group = 0; group < groups; group++) {
            long stream = header.getLong();
            int incarnation = header.getInt();
            int batchesInGroup = header.getInt();
            if (stream < 0 || incarnation < 0) {
                return new DecodedEntry.Malformed("Append names stream " + stream + ", incarnation " + incarnation);
            }
            for (int i = 0; i < batchesInGroup; i++) {
                int length = header.getInt();
                RecordBatch batch = nextBatch(bodies, length);
                if (batch == null) {
                    return new DecodedEntry.Malformed(
                            "Append has a batch of " + length + " bytes where " + bodies.remaining() + " are left");
                }
                streams[next] = stream;
                incarnations[next] = incarnation;
                batches[next++] = batch;
            }
        }
        if (bodies.remaining() != 0) {
            return new DecodedEntry.Malformed(bodies.remaining() + " bytes follow an append's last batch");
        }
        return new DecodedEntry.Entry(timeMs, new Command.Append(session, sequence, streams, incarnations, batches));
    }

    private static @Nullable RecordBatch nextBatch(PieceReader bodies, int length) {
        if (length < RecordBatch.HEADER_BYTES || length > RecordBatch.MAX_BYTES || length > bodies.remaining()) {
            return null;
        }
        return RecordBatch.trusted(bodies.take(length));
    }

    /** How many batches the groups hold; -1 when they do not fill the header exactly. */
    private static int countBatches(ByteBuffer header, int groups) {
        int position = header.position();
        int count = 0;
        for (int group = 0; group < groups; group++) {
            if (header.limit() - position < MIN_GROUP_BYTES) {
                return -1;
            }
            int batches = header.getInt(position + GROUP_BYTES - Integer.BYTES);
            position += GROUP_BYTES;
            if (batches < 1 || batches > (header.limit() - position) / Integer.BYTES) {
                return -1;
            }
            position += batches * Integer.BYTES;
            count += batches;
        }
        return position == header.limit() ? count : -1;
    }
}
