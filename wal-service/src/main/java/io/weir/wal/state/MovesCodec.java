package io.weir.wal.state;

import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.MoveBody;
import io.weir.wal.entry.Stay;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;

/** The part of a shard's snapshot that tells of streams that come and go. Threading: stateless. */
final class MovesCodec {
    private MovesCodec() {}

    private record Sealed(long stream, long move) {}

    private record Left(long stream, StreamMoves.Departed stay) {}

    private record History(long stream, List<Stay> stays) {}

    static void write(DataOutput out, StreamMoves moves) throws IOException {
        out.writeLong(moves.newest());
        out.writeLong(moves.over());
        SnapshotLists.writeList(out, moves.sealed().entrySet(), (to, stream) -> {
            to.writeLong(stream.getKey());
            to.writeLong(stream.getValue());
        });
        SnapshotLists.writeList(out, moves.departed().entrySet(), (to, stream) -> {
            to.writeLong(stream.getKey());
            to.writeInt(stream.getValue().incarnation());
            to.writeLong(stream.getValue().end());
        });
        SnapshotLists.writeList(out, moves.histories().entrySet(), (to, stream) -> {
            to.writeLong(stream.getKey());
            SnapshotLists.writeList(to, stream.getValue(), MoveBody::writeStay);
        });
    }

    static StreamMoves read(DataInput in) throws IOException {
        long newest = in.readLong();
        long over = in.readLong();
        List<Sealed> sealed = SnapshotLists.readList(in, from -> new Sealed(from.readLong(), from.readLong()));
        List<Left> departed = SnapshotLists.readList(
                in, from -> new Left(from.readLong(), new StreamMoves.Departed(from.readInt(), from.readLong())));
        List<History> histories = SnapshotLists.readList(in, MovesCodec::readHistory);
        if (newest < over || over < -1) {
            throw new IOException("The newest move is " + newest + ", and those up to " + over + " are over");
        }
        return StreamMoves.NONE.change(draft -> {
            draft.step(newest);
            draft.end(over);
            sealed.forEach(stream -> draft.seal(stream.stream(), stream.move()));
            departed.forEach(stream -> draft.depart(stream.stream(), stream.stay()));
            histories.forEach(stream -> draft.history(stream.stream(), stream.stays()));
        });
    }

    private static History readHistory(DataInput in) throws IOException {
        long stream = in.readLong();
        List<Stay> stays = SnapshotLists.readList(in, MoveBody::readStay);
        if (stays.isEmpty() || stays.size() > HandedStream.MAX_STAYS) {
            throw new IOException("Stream " + stream + " has a history of " + stays.size() + " stays");
        }
        return new History(stream, stays);
    }
}
