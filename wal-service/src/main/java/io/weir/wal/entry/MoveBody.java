package io.weir.wal.entry;

import io.weir.contracts.identity.ShardId;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The bodies of the commands that move streams between shards. */
public final class MoveBody {
    static final byte LAST_TAG = 18;

    private static final byte SEAL = 13;
    private static final byte RECEIVE = 14;
    private static final byte RELEASE = 15;
    private static final byte UNSEAL = 16;
    private static final byte CANCEL = 17;
    private static final byte FORGET = LAST_TAG;

    private static final int WORDS_OF_BATCH = 3;
    private static final int MOST_BATCHES = 5;

    private MoveBody() {}

    static byte write(DataOutput out, Command command) throws IOException {
        return switch (command) {
            case Command.SealStreams seal -> {
                out.writeLong(seal.move());
                SegmentFields.writeList(out, seal.streams(), DataOutput::writeLong);
                yield SEAL;
            }
            case Command.ReceiveStream receive -> {
                out.writeLong(receive.move());
                out.writeLong(receive.metadataVersion());
                writeHanded(out, receive.handed());
                yield RECEIVE;
            }
            case Command.ReleaseStreams release -> {
                out.writeLong(release.move());
                out.writeLong(release.metadataVersion());
                yield RELEASE;
            }
            case Command.UnsealStreams unseal -> {
                out.writeLong(unseal.move());
                yield UNSEAL;
            }
            case Command.CancelMove cancel -> {
                out.writeLong(cancel.move());
                SegmentFields.writeList(out, cancel.streams(), SegmentFields::writeStreamRange);
                yield CANCEL;
            }
            case Command.ForgetStreams forget -> {
                SegmentFields.writeList(out, forget.streams(), DataOutput::writeLong);
                yield FORGET;
            }
            default -> throw new IllegalArgumentException("Not a step of a move: " + command);
        };
    }

    static Command read(byte tag, DataInput in) throws IOException {
        return switch (tag) {
            case SEAL -> new Command.SealStreams(in.readLong(), SegmentFields.readList(in, DataInput::readLong));
            case RECEIVE -> new Command.ReceiveStream(in.readLong(), in.readLong(), readHanded(in));
            case RELEASE -> new Command.ReleaseStreams(in.readLong(), in.readLong());
            case UNSEAL -> new Command.UnsealStreams(in.readLong());
            case CANCEL ->
                new Command.CancelMove(in.readLong(), SegmentFields.readList(in, SegmentFields::readStreamRange));
            case FORGET -> new Command.ForgetStreams(SegmentFields.readList(in, DataInput::readLong));
            default -> throw new IOException("unknown tag");
        };
    }

    private static void writeHanded(DataOutput out, HandedStream handed) throws IOException {
        SegmentFields.writeStreamRange(out, handed.range());
        out.writeLong(handed.logStart());
        out.writeLong(handed.next());
        SegmentFields.writeList(out, handed.stays(), MoveBody::writeStay);
        out.writeLong(handed.forgottenProducers());
        SegmentFields.writeList(out, handed.producers(), (to, producer) -> {
            to.writeLong(producer.id());
            to.writeShort(producer.epoch());
            to.writeByte(producer.batches().size() / WORDS_OF_BATCH);
            for (long word : producer.batches()) {
                to.writeLong(word);
            }
        });
    }

    private static HandedStream readHanded(DataInput in) throws IOException {
        return new HandedStream(
                SegmentFields.readStreamRange(in),
                in.readLong(),
                in.readLong(),
                SegmentFields.readList(in, MoveBody::readStay),
                in.readLong(),
                SegmentFields.readList(in, MoveBody::readProducer));
    }

    private static HandedStream.HandedProducer readProducer(DataInput in) throws IOException {
        long id = in.readLong();
        short epoch = in.readShort();
        int count = in.readByte();
        if (id < 0 || count < 1 || count > MOST_BATCHES) {
            throw new IOException("Producer " + id + " with " + count + " batches cannot be");
        }
        List<Long> batches = new ArrayList<>(count * WORDS_OF_BATCH);
        for (int word = 0; word < count * WORDS_OF_BATCH; word++) {
            batches.add(in.readLong());
        }
        return new HandedStream.HandedProducer(id, epoch, batches);
    }

    /** Also part of a snapshot. */
    public static void writeStay(DataOutput out, Stay stay) throws IOException {
        out.writeInt(stay.shard().value());
        out.writeLong(stay.from());
        out.writeLong(stay.to());
        out.writeLong(stay.flushedUpTo());
    }

    public static Stay readStay(DataInput in) throws IOException {
        return new Stay(new ShardId(in.readInt()), in.readLong(), in.readLong(), in.readLong());
    }
}
