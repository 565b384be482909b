package io.weir.metadata.log;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableName;
import io.weir.metadata.command.TableCommand;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The binary form of commands about tables: see {@code docs/formats/metadata-record.md}. */
final class TableCommandCodec {
    /** The first of this codec's tags among those of commands. */
    static final int FIRST_TAG = 20;

    static final int LAST_TAG = 27;

    private static final int CREATE = 1;
    private static final int REPLACE = 2;

    /** Kind, no levels, name, id, and the shorter change's two locations. */
    private static final int LEAST_CHANGE_BYTES = 1 + 1 + 2 + 16 + 2 + 2;

    private static final int MOVE_BYTES = 8 + 8 + 8;

    private TableCommandCodec() {}

    static void encode(WireWriter out, TableCommand command) {
        switch (command) {
            case TableCommand.CreateNamespace c -> {
                TableRecordCodec.levels(
                        out.u8(20).string(c.tenant().name()), c.namespace().levels());
                out.strings(c.namespace().properties());
            }
            case TableCommand.AlterNamespace c ->
                TableRecordCodec.levels(out.u8(21).string(c.tenant().name()), c.levels())
                        .strings(c.changes());
            case TableCommand.DropNamespace c ->
                TableRecordCodec.levels(out.u8(22).string(c.tenant().name()), c.levels());
            case TableCommand.Commit c -> {
                out.u8(23).string(c.tenant().name()).u8(c.changes().size());
                c.changes().forEach(change -> change(out, change));
                advance(out, c.advance());
            }
            case TableCommand.RenameTable c -> {
                TableRecordCodec.name(out.u8(24).string(c.tenant().name()), c.from());
                TableRecordCodec.name(out, c.to());
            }
            case TableCommand.DropTable c -> {
                TableRecordCodec.name(out.u8(25).string(c.tenant().name()), c.name());
                TableRecordCodec.uuid(out, c.table()).u8(c.purge() ? 1 : 0);
            }
            case TableCommand.ForgetDropped c -> TableRecordCodec.uuid(out.u8(26), c.table());
            case TableCommand.AcquireFeed c ->
                RecordCodec.topicId(out.u8(27), c.topic()).i32(c.owner().value());
        }
    }

    static TableCommand decode(int tag, WireReader in) throws MalformedException {
        return switch (tag) {
            case 20 ->
                new TableCommand.CreateNamespace(
                        new TenantId(in.string()),
                        new Namespace(TableRecordCodec.levels(in), CommandCodec.settings(in)));
            case 21 ->
                new TableCommand.AlterNamespace(new TenantId(in.string()), TableRecordCodec.levels(in), in.strings());
            case 22 -> new TableCommand.DropNamespace(new TenantId(in.string()), TableRecordCodec.levels(in));
            case 23 -> new TableCommand.Commit(new TenantId(in.string()), changes(in), advance(in));
            case 24 ->
                new TableCommand.RenameTable(
                        new TenantId(in.string()), TableRecordCodec.name(in), TableRecordCodec.name(in));
            case 25 ->
                new TableCommand.DropTable(
                        new TenantId(in.string()), TableRecordCodec.name(in), TableRecordCodec.uuid(in), in.flag());
            case 26 -> new TableCommand.ForgetDropped(TableRecordCodec.uuid(in));
            case 27 -> new TableCommand.AcquireFeed(RecordCodec.topicId(in), new NodeId(in.i32()));
            default -> throw new MalformedException("Unknown command " + tag + " about tables");
        };
    }

    private static void change(WireWriter out, TableChange change) {
        switch (change) {
            case TableChange.Create c -> {
                TableRecordCodec.name(out.u8(CREATE), c.name());
                TableRecordCodec.uuid(out, c.table()).string(c.location()).string(c.metadataLocation());
                TableRecordCodec.topic(out, c.topic());
            }
            case TableChange.Replace c -> {
                TableRecordCodec.name(out.u8(REPLACE), c.name());
                TableRecordCodec.uuid(out, c.table())
                        .string(c.expectedMetadataLocation())
                        .string(c.metadataLocation());
            }
        }
    }

    private static List<TableChange> changes(WireReader in) throws MalformedException {
        int count = in.count(in.u8(), LEAST_CHANGE_BYTES);
        List<TableChange> changes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int kind = in.u8();
            changes.add(
                    switch (kind) {
                        case CREATE ->
                            new TableChange.Create(
                                    TableRecordCodec.name(in),
                                    TableRecordCodec.uuid(in),
                                    in.string(),
                                    in.string(),
                                    TableRecordCodec.topic(in));
                        case REPLACE ->
                            new TableChange.Replace(
                                    TableRecordCodec.name(in), TableRecordCodec.uuid(in), in.string(), in.string());
                        default -> throw new MalformedException("Unknown change " + kind + " of a table");
                    });
        }
        return changes;
    }

    private static void advance(WireWriter out, @Nullable FeedAdvance advance) {
        out.u8(advance == null ? 0 : 1);
        if (advance != null) {
            TableRecordCodec.name(out, advance.name());
            RecordCodec.topicId(out, advance.topic())
                    .i32(advance.owner().value())
                    .i32(advance.moves().size());
            advance.moves()
                    .forEach((stream, range) ->
                            out.i64(stream.value()).i64(range.from()).i64(range.to()));
        }
    }

    private static @Nullable FeedAdvance advance(WireReader in) throws MalformedException {
        if (!in.flag()) {
            return null;
        }
        TableName name = TableRecordCodec.name(in);
        TopicId topic = RecordCodec.topicId(in);
        Epoch owner = new Epoch(in.i32());
        int count = in.count(in.i32(), MOVE_BYTES);
        SortedMap<StreamId, OffsetRange> moves = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            moves.put(new StreamId(in.i64()), new OffsetRange(in.i64(), in.i64()));
        }
        return new FeedAdvance(name, topic, owner, moves);
    }
}
