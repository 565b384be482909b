package io.weir.metadata.log;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The binary form of the metadata group's log entries: see {@code docs/formats/metadata-record.md}. */
public final class CommandCodec {
    /** The only version there is. */
    public static final int VERSION = 1;

    /** Version, time of the proposal, number of commands. */
    static final int HEADER_BYTES = 1 + 8 + 4;

    private static final int LEAST_COMMAND_BYTES = 5;

    private CommandCodec() {}

    /** One command, as {@link #entry} joins them. */
    public static ByteBuffer encode(MetadataCommand command) {
        WireWriter out = new WireWriter(128);
        switch (command) {
            case MetadataCommand.CreateCluster c -> {
                out.u8(1).string(c.clusterId()).i32(c.shardCount());
                RecordCodec.bounds(out, c.bounds());
            }
            case MetadataCommand.CreateTopic c -> {
                out.u8(2).string(c.tenant().name()).string(c.name());
                RecordCodec.topicId(out, c.id());
                out.i32(c.partitions()).strings(c.config());
            }
            case MetadataCommand.DeleteTopic c ->
                RecordCodec.topicId(out.u8(3).string(c.tenant().name()), c.topic());
            case MetadataCommand.AddPartitions c ->
                out.u8(4).string(c.tenant().name()).string(c.name()).i32(c.total());
            case MetadataCommand.ConfigureTopic c ->
                out.u8(5)
                        .string(c.tenant().name())
                        .string(c.name())
                        .strings(c.changes())
                        .u8(c.replace() ? 1 : 0);
            case MetadataCommand.Configure c -> {
                RecordCodec.resource(out.u8(6), c.resource());
                out.strings(c.changes()).u8(c.replace() ? 1 : 0);
            }
            case MetadataCommand.AllocateProducerIds c -> out.u8(7).i32(c.count());
            case MetadataCommand.RegisterNode c ->
                RecordCodec.node(out.u8(c.node().zone().isEmpty() ? 8 : 14), c.node());
            case MetadataCommand.UnregisterNode c -> out.u8(9).i32(c.node().value());
            case MetadataCommand.ExpireNode c ->
                out.u8(10).i32(c.node().value()).i64(c.registration());
            case MetadataCommand.AcquireCell c ->
                out.u8(11).i32(c.cell().value()).i32(c.owner().value());
            case MetadataCommand.ResignCell c ->
                out.u8(12).i32(c.cell().value()).i32(c.epoch().value());
            case MetadataCommand.PlanMember c ->
                RecordCodec.plan(out.u8(13).i32(c.node().value()), c.plan());
            case MetadataCommand.DrainNode c -> out.u8(15).i32(c.node().value()).u8(c.drained() ? 1 : 0);
            case MetadataCommand.Moves c -> MoveCodec.encode(out, c.command());
            case MetadataCommand.AddShards c -> RecordCodec.peers(out.u8(16).i32(c.total()), c.founders());
            case MetadataCommand.Tables c -> TableCommandCodec.encode(out, c.command());
            case MetadataCommand.Schemas c -> SchemaCommandCodec.encode(out, c.command());
        }
        return out.view();
    }

    /**
     * An entry of several commands.
     *
     * @param proposedAtMs when it was proposed: for people who read the log; no decision depends on it
     */
    public static ByteBuffer entry(long proposedAtMs, List<ByteBuffer> commands) {
        int size =
                HEADER_BYTES + commands.stream().mapToInt(ByteBuffer::remaining).sum();
        WireWriter out = new WireWriter(size).u8(VERSION).i64(proposedAtMs).i32(commands.size());
        commands.forEach(out::raw);
        return out.view();
    }

    /**
     * The commands of an entry, in order.
     *
     * @throws MalformedException when the bytes are damaged or of an unknown version
     */
    public static List<MetadataCommand> decode(List<ByteBuffer> entry) throws MalformedException {
        WireReader in = WireReader.over(entry);
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException(
                    "Metadata entry has format version " + version + "; this build reads " + VERSION);
        }
        in.i64();
        int count = in.count(in.i32(), LEAST_COMMAND_BYTES);
        List<MetadataCommand> commands = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                commands.add(command(in));
            }
        } catch (IllegalArgumentException illegal) {
            throw new MalformedException("Illegal value in a metadata entry: " + illegal.getMessage());
        }
        in.end();
        return commands;
    }

    private static MetadataCommand command(WireReader in) throws MalformedException {
        int tag = in.u8();
        return switch (tag) {
            case 1 -> new MetadataCommand.CreateCluster(in.string(), in.i32(), RecordCodec.bounds(in));
            case 2 ->
                new MetadataCommand.CreateTopic(
                        new TenantId(in.string()), in.string(), RecordCodec.topicId(in), in.i32(), settings(in));
            case 3 -> new MetadataCommand.DeleteTopic(new TenantId(in.string()), RecordCodec.topicId(in));
            case 4 -> new MetadataCommand.AddPartitions(new TenantId(in.string()), in.string(), in.i32());
            case 5 ->
                new MetadataCommand.ConfigureTopic(new TenantId(in.string()), in.string(), in.strings(), in.flag());
            case 6 -> new MetadataCommand.Configure(RecordCodec.resource(in), in.strings(), in.flag());
            case 7 -> new MetadataCommand.AllocateProducerIds(in.i32());
            case 8 -> new MetadataCommand.RegisterNode(RecordCodec.node(in));
            case 9 -> new MetadataCommand.UnregisterNode(new NodeId(in.i32()));
            case 10 -> new MetadataCommand.ExpireNode(new NodeId(in.i32()), in.i64());
            case 11 -> new MetadataCommand.AcquireCell(new CellId(in.i32()), new NodeId(in.i32()));
            case 12 -> new MetadataCommand.ResignCell(new CellId(in.i32()), new Epoch(in.i32()));
            case 13 -> new MetadataCommand.PlanMember(new NodeId(in.i32()), RecordCodec.plan(in));
            case 14 -> new MetadataCommand.RegisterNode(RecordCodec.nodeInZone(in));
            case 15 -> new MetadataCommand.DrainNode(new NodeId(in.i32()), in.flag());
            case 16 -> new MetadataCommand.AddShards(in.i32(), RecordCodec.peers(in));
            default -> {
                if (tag >= TableCommandCodec.FIRST_TAG && tag <= TableCommandCodec.LAST_TAG) {
                    yield new MetadataCommand.Tables(TableCommandCodec.decode(tag, in));
                }
                if (tag >= MoveCodec.FIRST_TAG && tag <= MoveCodec.LAST_COMMAND_TAG) {
                    yield new MetadataCommand.Moves(MoveCodec.decodeCommand(tag, in));
                }
                if (tag < SchemaCommandCodec.FIRST_TAG || tag > SchemaCommandCodec.LAST_TAG) {
                    throw new MalformedException("Unknown metadata command " + tag);
                }
                yield new MetadataCommand.Schemas(SchemaCommandCodec.decode(tag, in));
            }
        };
    }

    /** A map without nulls. */
    static Map<String, String> settings(WireReader in) throws MalformedException {
        Map<String, String> settings = new HashMap<>();
        for (Map.Entry<String, String> setting : in.strings().entrySet()) {
            String value = setting.getValue();
            if (value == null) {
                throw new MalformedException("Setting '" + setting.getKey() + "' has no value");
            }
            settings.put(setting.getKey(), value);
        }
        return settings;
    }
}
