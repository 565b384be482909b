package io.weir.wal.entry;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.segment.ShardSegments.Replacement;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The bodies of all commands but appends. */
final class CommandBody {
    private static final byte OPEN_SESSION = 3;
    private static final byte OPEN_STREAMS = 4;
    private static final byte DELETE_STREAMS = 5;
    private static final byte SEGMENTS_COMMITTED = 6;
    private static final byte TRIM = 7;
    private static final byte ANNOUNCE_COMPACTION = 8;
    private static final byte ABORT_COMPACTION = 9;
    private static final byte REPLACE_RANGES = 10;
    private static final byte FORGET_OBJECTS = 11;
    private static final byte OPEN_SESSION_CHECKED = 12;
    private static final byte LAST = MoveBody.LAST_TAG;

    private CommandBody() {}

    @SuppressWarnings("ArrayRecordComponent")
    record Encoded(byte tag, byte[] bytes) {}

    static boolean isKnown(byte tag) {
        return tag >= OPEN_SESSION && tag <= LAST;
    }

    static Encoded encode(Command command) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            byte tag = write(new DataOutputStream(bytes), command);
            return new Encoded(tag, bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte write(DataOutput out, Command command) throws IOException {
        return switch (command) {
            case Command.Append append ->
                throw new IllegalArgumentException("Append of " + append.count() + " batches has its own encoder");
            case Command.OpenSession open -> {
                out.writeLong(open.previous());
                SegmentFields.writeLimits(out, open.limits());
                yield open.firstSequencesChecked() ? OPEN_SESSION_CHECKED : OPEN_SESSION;
            }
            case Command.OpenStreams open -> {
                out.writeLong(open.metadataVersion());
                SegmentFields.writeList(out, open.ranges(), SegmentFields::writeStreamRange);
                yield OPEN_STREAMS;
            }
            case Command.DeleteStreams delete -> {
                out.writeLong(delete.metadataVersion());
                SegmentFields.writeList(out, delete.spans(), CommandBody::writeSpan);
                yield DELETE_STREAMS;
            }
            case Command.SegmentsCommitted committed -> {
                SegmentFields.writeRange(out, committed.range());
                out.writeBoolean(committed.segment().isPresent());
                if (committed.segment().isPresent()) {
                    SegmentFields.writeSegment(out, committed.segment().get());
                }
                yield SEGMENTS_COMMITTED;
            }
            case Command.Trim trim -> {
                out.writeBoolean(trim.strict());
                SegmentFields.writeList(out, trim.points(), CommandBody::writeTrimPoint);
                yield TRIM;
            }
            case Command.AnnounceCompaction announce -> {
                SegmentFields.writeIntent(out, announce.intent());
                yield ANNOUNCE_COMPACTION;
            }
            case Command.AbortCompaction abort -> {
                out.writeLong(abort.intentId());
                yield ABORT_COMPACTION;
            }
            case Command.ReplaceRanges replace -> {
                out.writeLong(replace.intentId());
                writeReplacement(out, replace.replacement());
                yield REPLACE_RANGES;
            }
            case Command.ForgetObjects forget -> {
                SegmentFields.writeList(out, forget.deleted(), SegmentFields::writeKey);
                yield FORGET_OBJECTS;
            }
            case Command.SealStreams _,
                    Command.ReceiveStream _,
                    Command.ReleaseStreams _,
                    Command.UnsealStreams _,
                    Command.CancelMove _,
                    Command.ForgetStreams _ -> MoveBody.write(out, command);
        };
    }

    /** @param body from position to limit: the body and nothing else */
    static DecodedEntry decode(long timeMs, byte tag, ByteBuffer body) {
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        try {
            Command command = read(tag, in);
            return in.available() == 0
                    ? new DecodedEntry.Entry(timeMs, command)
                    : new DecodedEntry.Malformed(in.available() + " bytes follow the body of tag " + tag);
        } catch (IOException | IllegalArgumentException e) {
            return new DecodedEntry.Malformed("Body of tag " + tag + ": " + e.getMessage());
        }
    }

    private static Command read(byte tag, DataInput in) throws IOException {
        return switch (tag) {
            case OPEN_SESSION, OPEN_SESSION_CHECKED ->
                new Command.OpenSession(in.readLong(), SegmentFields.readLimits(in), tag == OPEN_SESSION_CHECKED);
            case OPEN_STREAMS ->
                new Command.OpenStreams(in.readLong(), SegmentFields.readList(in, SegmentFields::readStreamRange));
            case DELETE_STREAMS ->
                new Command.DeleteStreams(
                        in.readLong(),
                        SegmentFields.readList(in, from -> new Command.StreamSpan(from.readLong(), from.readLong())));
            case SEGMENTS_COMMITTED ->
                new Command.SegmentsCommitted(
                        SegmentFields.readRange(in),
                        in.readBoolean() ? Optional.of(SegmentFields.readSegment(in)) : Optional.empty());
            case TRIM ->
                new Command.Trim(
                        in.readBoolean(),
                        SegmentFields.readList(
                                in, from -> new Command.TrimPoint(new StreamId(from.readLong()), from.readLong())));
            case ANNOUNCE_COMPACTION -> new Command.AnnounceCompaction(SegmentFields.readIntent(in));
            case ABORT_COMPACTION -> new Command.AbortCompaction(in.readLong());
            case REPLACE_RANGES -> new Command.ReplaceRanges(in.readLong(), readReplacement(in));
            case FORGET_OBJECTS -> new Command.ForgetObjects(SegmentFields.readList(in, SegmentFields::readKey));
            default -> MoveBody.read(tag, in);
        };
    }

    private static void writeSpan(DataOutput out, Command.StreamSpan span) throws IOException {
        out.writeLong(span.first());
        out.writeLong(span.count());
    }

    private static void writeTrimPoint(DataOutput out, Command.TrimPoint point) throws IOException {
        out.writeLong(point.stream().value());
        out.writeLong(point.logStart());
    }

    private static void writeReplacement(DataOutput out, Replacement replacement) throws IOException {
        SegmentFields.writeList(out, replacement.inputSegments(), SegmentFields::writeKey);
        SegmentFields.writeList(out, replacement.inputManifests(), SegmentFields::writeKey);
        SegmentFields.writeList(out, replacement.outputSegments(), SegmentFields::writeSegment);
        SegmentFields.writeList(out, replacement.outputManifests(), SegmentFields::writeManifest);
        SegmentFields.writeList(out, replacement.retired(), SegmentFields::writeKey);
    }

    private static Replacement readReplacement(DataInput in) throws IOException {
        return new Replacement(
                SegmentFields.readList(in, SegmentFields::readKey),
                SegmentFields.readList(in, SegmentFields::readKey),
                SegmentFields.readList(in, SegmentFields::readSegment),
                SegmentFields.readList(in, SegmentFields::readManifest),
                SegmentFields.readList(in, SegmentFields::readKey));
    }
}
