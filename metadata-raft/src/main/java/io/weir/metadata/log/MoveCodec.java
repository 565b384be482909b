package io.weir.metadata.log;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.StreamMove.Phase;
import io.weir.metadata.command.MoveCommand;
import io.weir.metadata.record.MoveRecord;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/** The binary form of commands and records about moves: see {@code docs/formats/metadata-record.md}. */
final class MoveCodec {
    /** The first of this codec's tags, among those of commands and among those of records. */
    static final int FIRST_TAG = 60;

    static final int LAST_COMMAND_TAG = 62;
    static final int LAST_RECORD_TAG = 61;

    private static final List<Phase> PHASES = List.of(Phase.PLANNED, Phase.PLACED, Phase.CANCELLED);

    private MoveCodec() {}

    static void encode(WireWriter out, MoveCommand command) {
        switch (command) {
            case MoveCommand.Plan c -> {
                out.u8(60).string(c.tenant().name()).string(c.topic());
                partitions(out, c.partitions());
                out.i32(c.to().value());
            }
            case MoveCommand.Advance c -> out.u8(61).i64(c.move()).u8(PHASES.indexOf(c.phase()));
            case MoveCommand.End c -> out.u8(62).i64(c.move());
        }
    }

    static MoveCommand decodeCommand(int tag, WireReader in) throws MalformedException {
        return switch (tag) {
            case 60 ->
                new MoveCommand.Plan(new TenantId(in.string()), in.string(), partitions(in), new ShardId(in.i32()));
            case 61 -> new MoveCommand.Advance(in.i64(), phase(in));
            case 62 -> new MoveCommand.End(in.i64());
            default -> throw new MalformedException("Unknown command about moves " + tag);
        };
    }

    static void encode(WireWriter out, MoveRecord fact) {
        switch (fact) {
            case MoveRecord.MoveWritten(StreamMove move) -> {
                RecordCodec.topicId(out.u8(60).i64(move.id()), move.topic());
                partitions(out, move.partitions());
                out.i32(move.from().value()).i32(move.to().value()).u8(PHASES.indexOf(move.phase()));
            }
            case MoveRecord.MoveEnded(long move) -> out.u8(61).i64(move);
        }
    }

    static MoveRecord decodeRecord(int tag, WireReader in) throws MalformedException {
        return switch (tag) {
            case 60 ->
                new MoveRecord.MoveWritten(new StreamMove(
                        in.i64(),
                        RecordCodec.topicId(in),
                        partitions(in),
                        new ShardId(in.i32()),
                        new ShardId(in.i32()),
                        phase(in)));
            case 61 -> new MoveRecord.MoveEnded(in.i64());
            default -> throw new MalformedException("Unknown record about moves " + tag);
        };
    }

    private static void partitions(WireWriter out, List<Integer> partitions) {
        out.i32(partitions.size());
        partitions.forEach(out::i32);
    }

    private static List<Integer> partitions(WireReader in) throws MalformedException {
        int count = in.count(in.i32(), Integer.BYTES);
        List<Integer> partitions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            partitions.add(in.i32());
        }
        return partitions;
    }

    private static Phase phase(WireReader in) throws MalformedException {
        int phase = in.u8();
        if (phase >= PHASES.size()) {
            throw new MalformedException("Unknown phase of a move: " + phase);
        }
        return PHASES.get(phase);
    }
}
