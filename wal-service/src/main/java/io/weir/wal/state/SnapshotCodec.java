package io.weir.wal.state;

import static io.weir.wal.entry.SegmentFields.readKey;
import static io.weir.wal.entry.SegmentFields.readText;
import static io.weir.wal.entry.SegmentFields.writeKey;
import static io.weir.wal.entry.SegmentFields.writeText;
import static io.weir.wal.state.SnapshotLists.readList;
import static io.weir.wal.state.SnapshotLists.writeList;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments.RetiredObject;
import io.weir.contracts.usage.IngressUsage;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.SegmentFields;
import java.io.BufferedOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * Writes a shard's snapshot, version 4, and reads it and the versions before: see
 * {@code docs/formats/shard-snapshot.md}.
 *
 * <p>Threading: stateless.
 */
public final class SnapshotCodec {
    static final int MAGIC = 0x57495253;
    /** The one before does not tell which sequences were appended in front of those that are remembered. */
    static final short VERSION = 4;
    /** Of a shard that no stream can have moved to or from. */
    static final short VERSION_2 = 2;
    /** Does not tell which producers were forgotten. */
    static final short VERSION_1 = 1;

    private static final int BUFFER_BYTES = 1 << 16;

    private SnapshotCodec() {}

    public static void write(FrozenState state, OutputStream target) throws IOException {
        CheckedOutputStream checked =
                new CheckedOutputStream(new BufferedOutputStream(target, BUFFER_BYTES), new CRC32C());
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(checked, BUFFER_BYTES));
        out.writeInt(MAGIC);
        out.writeShort(VERSION);
        out.writeShort(0);
        out.writeInt(state.shard().value());
        writeMarks(out, state.marks());
        writeLists(out, state.lists());
        writeStreams(out, state.streams());
        writeProducers(out, state);
        MovesCodec.write(out, state.moves());
        // Open and aborted transactions: none can exist before transactions are offered.
        out.writeInt(0);
        out.flush();
        int crc = (int) checked.getChecksum().getValue();
        out.writeInt(crc);
        out.flush();
    }

    /**
     * Reads the state of a shard.
     *
     * @throws IOException when the bytes are damaged, of another shard, or of an unknown version
     */
    public static ShardState read(ShardId shard, InputStream source) throws IOException {
        SnapshotInput checked = new SnapshotInput(source);
        DataInputStream in = new DataInputStream(checked);
        int magic = in.readInt();
        if (magic != MAGIC) {
            throw new IOException("Not a shard's snapshot: it begins with " + Integer.toHexString(magic));
        }
        short version = in.readShort();
        short reserved = in.readShort();
        if (version < VERSION_1 || version > VERSION || reserved != 0) {
            throw new IOException("Snapshot has format version " + version + " with flags " + reserved
                    + ", this software reads versions " + VERSION_1 + " to " + VERSION);
        }
        int owner = in.readInt();
        if (owner != shard.value()) {
            throw new IOException("Snapshot belongs to shard " + owner + ", not " + shard.value());
        }
        try {
            ShardState state = new ShardState(shard);
            state.restore(readMarks(in), readLists(in, shard));
            readStreams(in, state);
            readProducers(in, state, version);
            if (version > VERSION_2) {
                state.restore(MovesCodec.read(in));
            }
            if (in.readInt() != 0) {
                throw new IOException("Snapshot holds transactions, which this software does not know");
            }
            int crc = checked.checksum();
            if (in.readInt() != crc) {
                throw new IOException("Snapshot's checksum does not match its bytes");
            }
            return state;
        } catch (IllegalArgumentException e) {
            throw new IOException("Snapshot is damaged: " + e.getMessage(), e);
        }
    }

    /** The same for equal states, however their rows lie in memory. */
    static long hash(FrozenState state) {
        CRC32C crc = new CRC32C();
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                new CheckedOutputStream(OutputStream.nullOutputStream(), crc), BUFFER_BYTES))) {
            writeMarks(out, state.marks());
            writeLists(out, state.lists());
            writeProducers(out, state);
            MovesCodec.write(out, state.moves());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long hash = crc.getValue();
        for (int row = 0; row < state.streams().limit(); row++) {
            if (state.streams().inUse(row)) {
                long one = 0;
                for (int word = StreamTable.ID; word <= StreamTable.FLUSHED_NEXT; word++) {
                    one = (one ^ state.streams().at(row, word)) * 0x9E3779B97F4A7C15L;
                    one ^= one >>> 29;
                }
                hash += one;
            }
        }
        return hash;
    }

    private static void writeMarks(DataOutput out, FrozenState.Marks marks) throws IOException {
        out.writeLong(marks.applied());
        out.writeLong(marks.timeMs());
        out.writeLong(marks.flushedUpTo());
        out.writeLong(marks.metadataVersion());
    }

    private static FrozenState.Marks readMarks(DataInput in) throws IOException {
        return new FrozenState.Marks(in.readLong(), in.readLong(), in.readLong(), in.readLong());
    }

    private static void writeLists(DataOutput out, FrozenState.Lists lists) throws IOException {
        writeList(out, lists.open(), SegmentFields::writeStreamRange);
        writeList(out, lists.sessions(), SnapshotCodec::writeSession);
        writeList(out, lists.unflushed(), SnapshotCodec::writeTailEntry);
        out.writeLong(lists.view().version());
        writeList(out, lists.view().manifests(), SegmentFields::writeManifest);
        writeList(out, lists.view().segments(), SegmentFields::writeSegment);
        writeList(out, lists.intents(), SegmentFields::writeIntent);
        writeList(out, lists.retired(), (to, object) -> {
            writeKey(to, object.key());
            to.writeLong(object.retiredAtMs());
        });
        writeList(out, lists.ingress(), (to, usage) -> {
            writeText(to, usage.tenant().name());
            to.writeLong(usage.batches());
            to.writeLong(usage.records());
            to.writeLong(usage.bytes());
        });
    }

    private static FrozenState.Lists readLists(DataInput in, ShardId shard) throws IOException {
        return new FrozenState.Lists(
                readList(in, SegmentFields::readStreamRange),
                readList(in, SnapshotCodec::readSession),
                readList(in, SnapshotCodec::readTailEntry),
                new SegmentView(
                        shard,
                        in.readLong(),
                        readList(in, SegmentFields::readManifest),
                        readList(in, SegmentFields::readSegment)),
                readList(in, SegmentFields::readIntent),
                readList(in, from -> new RetiredObject(readKey(from), from.readLong())),
                readList(
                        in,
                        from -> new IngressUsage(
                                new TenantId(readText(from)), from.readLong(), from.readLong(), from.readLong())));
    }

    private static void writeSession(DataOutput out, SessionTable.FrozenSession session) throws IOException {
        out.writeLong(session.id());
        out.writeLong(session.nextSequence());
        out.writeBoolean(session.closed());
        writeList(out, session.replies(), (to, reply) -> {
            to.writeInt(reply.count());
            for (int i = 0; i < reply.count(); i++) {
                to.writeByte(reply.outcome(i).code());
                to.writeLong(reply.offset(i));
                to.writeLong(reply.logStart(i));
            }
        });
    }

    private static SessionTable.FrozenSession readSession(DataInput in) throws IOException {
        return new SessionTable.FrozenSession(
                in.readLong(), in.readLong(), in.readBoolean(), readList(in, SnapshotCodec::readReply));
    }

    private static Reply.Appended readReply(DataInput in) throws IOException {
        int count = SegmentFields.bounded(in.readInt(), SegmentFields.MAX_ELEMENTS);
        byte[] outcomes = new byte[count];
        long[] offsets = new long[count];
        long[] logStarts = new long[count];
        for (int i = 0; i < count; i++) {
            outcomes[i] = Outcome.of(in.readByte()).code();
            offsets[i] = in.readLong();
            logStarts[i] = in.readLong();
        }
        return new Reply.Appended(outcomes, offsets, logStarts);
    }

    private static void writeTailEntry(DataOutput out, TailEntry entry) throws IOException {
        out.writeLong(entry.index());
        out.writeLong(entry.term());
        out.writeInt(entry.count());
        for (int i = 0; i < entry.count(); i++) {
            out.writeLong(entry.stream(i));
            out.writeInt(entry.incarnation(i));
            out.writeLong(entry.base(i));
            out.writeLong(entry.next(i));
            out.writeInt(entry.size(i));
        }
    }

    private static TailEntry readTailEntry(DataInput in) throws IOException {
        long index = in.readLong();
        long term = in.readLong();
        int count = SegmentFields.bounded(in.readInt(), SegmentFields.MAX_ELEMENTS);
        TailEntry.Builder builder = new TailEntry.Builder(index, term, count);
        for (int i = 0; i < count; i++) {
            builder.position(in.readLong(), in.readInt(), in.readLong(), in.readLong(), in.readInt());
        }
        return builder.buildWithoutBytes();
    }

    private static void writeStreams(DataOutput out, RowPages.View streams) throws IOException {
        out.writeInt(streams.used());
        for (int row : inOrderOfId(streams)) {
            for (int word = StreamTable.ID; word <= StreamTable.FLUSHED_NEXT; word++) {
                out.writeLong(streams.at(row, word));
            }
        }
    }

    /** Rows lie in memory as they came, and differently after a restore; equal states are equal bytes all the same. */
    private static int[] inOrderOfId(RowPages.View streams) {
        long[] ids = new long[streams.used()];
        int found = 0;
        for (int row = 0; row < streams.limit(); row++) {
            if (streams.inUse(row)) {
                ids[found++] = streams.at(row, StreamTable.ID);
            }
        }
        Arrays.sort(ids);
        int[] rows = new int[ids.length];
        for (int row = 0; row < streams.limit(); row++) {
            if (streams.inUse(row)) {
                rows[Arrays.binarySearch(ids, streams.at(row, StreamTable.ID))] = row;
            }
        }
        return rows;
    }

    private static void readStreams(DataInput in, ShardState state) throws IOException {
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            long id = in.readLong();
            long logStart = in.readLong();
            long next = in.readLong();
            long flushedNext = in.readLong();
            if (id < 0 || logStart < 0 || logStart > next || flushedNext > next) {
                throw new IOException("Stream " + id + " has log start " + logStart + ", flushed end " + flushedNext
                        + ", end " + next);
            }
            StreamTable streams = state.streams();
            int row = streams.findOrAdd(id);
            streams.logStart(row, logStart);
            streams.next(row, next);
            streams.flushedNext(row, flushedNext);
        }
    }

    private static void writeProducers(DataOutput out, FrozenState state) throws IOException {
        ProducerTable.Frozen producers = state.producers();
        SegmentFields.writeLimits(out, producers.limits());
        out.writeLong(producers.forgotten());
        out.writeInt(producers.size());
        producers.forEach((streamRow, producerId, epoch, timeMs, batches) -> {
            out.writeLong(state.streams().at(streamRow, StreamTable.ID));
            out.writeLong(producerId);
            out.writeShort(epoch);
            out.writeLong(timeMs);
            out.writeByte(batches.length / ProducerTable.OLDER_WORDS);
            for (long word : batches) {
                out.writeLong(word);
            }
        });
    }

    private static void readProducers(DataInput in, ShardState state, short version) throws IOException {
        ProducerLimits limits = SegmentFields.readLimits(in);
        state.producers().limits(limits);
        long forgotten = version == VERSION_1 ? ProducerTable.ANY : in.readLong();
        if (forgotten < ProducerTable.NO_ONE) {
            throw new IOException("Producer " + forgotten + " cannot have been forgotten");
        }
        state.producers().forgotten(forgotten);
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            long stream = in.readLong();
            int row = state.streams().find(stream);
            long producerId = in.readLong();
            short epoch = in.readShort();
            long timeMs = in.readLong();
            int remembered = in.readByte();
            if (row == StreamTable.NONE || producerId < 0 || remembered < 1 || remembered > ProducerTable.REMEMBERED) {
                throw new IOException("Producer " + producerId + " of stream " + stream + " with " + remembered
                        + " batches cannot be");
            }
            long[] batches = new long[remembered * ProducerTable.OLDER_WORDS];
            for (int word = 0; word < batches.length; word++) {
                batches[word] = in.readLong();
            }
            state.producers().restore(row, producerId, epoch, timeMs, batches);
        }
    }
}
