package io.weir.metadata.log;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableName;
import io.weir.metadata.record.TableRecord;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The binary form of records about tables: see {@code docs/formats/metadata-record.md}. */
final class TableRecordCodec {
    /** The first of this codec's tags among those of records. */
    static final int FIRST_TAG = 20;

    static final int LAST_TAG = 27;

    private static final int LEAST_STRING_BYTES = 2;
    private static final int STREAM_OFFSET_BYTES = 8 + 8;

    private TableRecordCodec() {}

    static void encode(WireWriter out, TableRecord fact) {
        switch (fact) {
            case TableRecord.NamespaceWritten r -> {
                levels(out.u8(20).string(r.tenant().name()), r.namespace().levels());
                out.strings(r.namespace().properties());
            }
            case TableRecord.NamespaceDropped r ->
                levels(out.u8(21).string(r.tenant().name()), r.levels());
            case TableRecord.TableWritten r -> {
                name(out.u8(22).string(r.tenant().name()), r.name());
                uuid(out, r.table()).string(r.location()).string(r.metadataLocation());
                topic(out, r.topic());
            }
            case TableRecord.WatermarkMoved r -> {
                uuid(out.u8(23), r.table()).i32(r.next().size());
                r.next().forEach((stream, next) -> out.i64(stream.value()).i64(next));
            }
            case TableRecord.TableDropped r -> uuid(out.u8(24), r.table());
            case TableRecord.FilesLeft r -> uuid(out.u8(25), r.table()).string(r.location());
            case TableRecord.FilesDeleted r -> uuid(out.u8(26), r.table());
            case TableRecord.FeedOwned r ->
                RecordCodec.topicId(out.u8(27), r.topic())
                        .i32(r.owner().value())
                        .i32(r.epoch().value());
        }
    }

    static TableRecord decode(int tag, WireReader in) throws MalformedException {
        return switch (tag) {
            case 20 ->
                new TableRecord.NamespaceWritten(
                        new TenantId(in.string()), new Namespace(levels(in), CommandCodec.settings(in)));
            case 21 -> new TableRecord.NamespaceDropped(new TenantId(in.string()), levels(in));
            case 22 ->
                new TableRecord.TableWritten(
                        new TenantId(in.string()), name(in), uuid(in), in.string(), in.string(), topic(in));
            case 23 -> new TableRecord.WatermarkMoved(uuid(in), offsets(in));
            case 24 -> new TableRecord.TableDropped(uuid(in));
            case 25 -> new TableRecord.FilesLeft(uuid(in), in.string());
            case 26 -> new TableRecord.FilesDeleted(uuid(in));
            case 27 -> new TableRecord.FeedOwned(RecordCodec.topicId(in), new NodeId(in.i32()), new Epoch(in.i32()));
            default -> throw new MalformedException("Unknown metadata record " + tag);
        };
    }

    private static SortedMap<StreamId, Long> offsets(WireReader in) throws MalformedException {
        int count = in.count(in.i32(), STREAM_OFFSET_BYTES);
        SortedMap<StreamId, Long> offsets = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            StreamId stream = new StreamId(in.i64());
            long next = in.i64();
            if (next < 0) {
                throw new MalformedException("The watermark of " + stream + " is " + next);
            }
            offsets.put(stream, next);
        }
        return offsets;
    }

    static WireWriter uuid(WireWriter out, UUID id) {
        return out.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }

    static UUID uuid(WireReader in) throws MalformedException {
        return new UUID(in.i64(), in.i64());
    }

    static void topic(WireWriter out, @Nullable TopicId topic) {
        out.u8(topic == null ? 0 : 1);
        if (topic != null) {
            RecordCodec.topicId(out, topic);
        }
    }

    static @Nullable TopicId topic(WireReader in) throws MalformedException {
        return in.flag() ? RecordCodec.topicId(in) : null;
    }

    static WireWriter levels(WireWriter out, List<String> levels) {
        out.u8(levels.size());
        levels.forEach(out::string);
        return out;
    }

    static List<String> levels(WireReader in) throws MalformedException {
        int count = in.count(in.u8(), LEAST_STRING_BYTES);
        List<String> levels = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            levels.add(in.string());
        }
        return levels;
    }

    static WireWriter name(WireWriter out, TableName name) {
        return levels(out, name.namespace()).string(name.name());
    }

    static TableName name(WireReader in) throws MalformedException {
        return new TableName(levels(in), in.string());
    }
}
