package io.weir.metadata.log;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The binary form of records: see {@code docs/formats/metadata-record.md}. */
public final class RecordCodec {
    private static final int BLOCK_BYTES = 4 + 8 + 4 + 4;
    /** With an empty host. */
    private static final int PEER_BYTES = 4 + 8 + 2 + 2;

    private static final int NOBODY = -1;

    private RecordCodec() {}

    public static void encode(WireWriter out, MetadataRecord fact) {
        switch (fact) {
            case MetadataRecord.ClusterCreated r ->
                bounds(out.u8(1).string(r.clusterId()).i32(r.shardCount()), r.bounds());
            case MetadataRecord.TopicWritten r -> topic(out.u8(2), r.topic());
            case MetadataRecord.TopicDeleted r -> topicId(out.u8(3), r.topic());
            case MetadataRecord.StreamIdsReserved r -> out.u8(4).i64(r.next());
            case MetadataRecord.ProducerIdsReserved r -> out.u8(5).i64(r.next());
            case MetadataRecord.ResourceConfigured r -> {
                resource(out.u8(6), r.resource());
                out.strings(r.settings());
            }
            case MetadataRecord.NodeRegistered r -> {
                node(out.u8(r.node().zone().isEmpty() ? 7 : 11), r.node());
                out.i64(r.registration());
            }
            case MetadataRecord.NodeRemoved r -> out.u8(8).i32(r.node().value());
            case MetadataRecord.CellOwned r -> {
                NodeId owner = r.owner();
                out.u8(9).i32(r.cell().value()).i32(owner == null ? NOBODY : owner.value());
                out.i32(r.epoch().value());
            }
            case MetadataRecord.MemberPlanned r -> plan(out.u8(10).i32(r.node().value()), r.plan());
            case MetadataRecord.NodeDrained r ->
                out.u8(12).i32(r.node().value()).u8(r.drained() ? 1 : 0);
            case MetadataRecord.Moves(var moves) -> MoveCodec.encode(out, moves);
            case MetadataRecord.ShardsAdded r -> peers(out.u8(13).i32(r.total()), r.founders());
            case MetadataRecord.Tables(var tables) -> TableRecordCodec.encode(out, tables);
            case MetadataRecord.Schemas(var schemas) -> SchemaRecordCodec.encode(out, schemas);
        }
    }

    public static MetadataRecord decode(WireReader in) throws MalformedException {
        try {
            return body(in.u8(), in);
        } catch (IllegalArgumentException illegal) {
            throw new MalformedException("Illegal value in a metadata record: " + illegal.getMessage());
        }
    }

    private static MetadataRecord body(int tag, WireReader in) throws MalformedException {
        return switch (tag) {
            case 1 -> new MetadataRecord.ClusterCreated(in.string(), in.i32(), bounds(in));
            case 2 -> new MetadataRecord.TopicWritten(topic(in));
            case 3 -> new MetadataRecord.TopicDeleted(topicId(in));
            case 4 -> new MetadataRecord.StreamIdsReserved(in.i64());
            case 5 -> new MetadataRecord.ProducerIdsReserved(in.i64());
            case 6 -> new MetadataRecord.ResourceConfigured(resource(in), CommandCodec.settings(in));
            case 7 -> new MetadataRecord.NodeRegistered(node(in), in.i64());
            case 8 -> new MetadataRecord.NodeRemoved(new NodeId(in.i32()));
            case 9 -> {
                CellId cell = new CellId(in.i32());
                int owner = in.i32();
                yield new MetadataRecord.CellOwned(
                        cell, owner == NOBODY ? null : new NodeId(owner), new Epoch(in.i32()));
            }
            case 10 -> new MetadataRecord.MemberPlanned(new NodeId(in.i32()), plan(in));
            case 11 -> new MetadataRecord.NodeRegistered(nodeInZone(in), in.i64());
            case 12 -> new MetadataRecord.NodeDrained(new NodeId(in.i32()), in.flag());
            case 13 -> new MetadataRecord.ShardsAdded(in.i32(), peers(in));
            default -> {
                if (tag >= TableRecordCodec.FIRST_TAG && tag <= TableRecordCodec.LAST_TAG) {
                    yield new MetadataRecord.Tables(TableRecordCodec.decode(tag, in));
                }
                if (tag >= MoveCodec.FIRST_TAG && tag <= MoveCodec.LAST_RECORD_TAG) {
                    yield new MetadataRecord.Moves(MoveCodec.decodeRecord(tag, in));
                }
                if (tag < SchemaRecordCodec.FIRST_TAG || tag > SchemaRecordCodec.LAST_TAG) {
                    throw new MalformedException("Unknown metadata record " + tag);
                }
                yield new MetadataRecord.Schemas(SchemaRecordCodec.decode(tag, in));
            }
        };
    }

    private static void topic(WireWriter out, Topic topic) {
        topicId(out, topic.id()).string(topic.tenant().name()).string(topic.name());
        out.i32(topic.blocks().size());
        for (PartitionBlock block : topic.blocks()) {
            out.i32(block.count())
                    .i64(block.firstStream().value())
                    .i32(block.shard().value());
            out.i32(block.incarnation().value());
        }
        out.strings(topic.overrides());
    }

    private static Topic topic(WireReader in) throws MalformedException {
        TopicId id = topicId(in);
        TenantId tenant = new TenantId(in.string());
        String name = in.string();
        int count = in.count(in.i32(), BLOCK_BYTES);
        if (count == 0) {
            throw new MalformedException("Topic '" + name + "' has no partitions");
        }
        List<PartitionBlock> blocks = new ArrayList<>(count);
        int partition = 0;
        for (int i = 0; i < count; i++) {
            PartitionBlock block = new PartitionBlock(
                    partition, in.i32(), new StreamId(in.i64()), new ShardId(in.i32()), new Epoch(in.i32()));
            if (block.count() > Topic.MAX_PARTITIONS - partition) {
                throw new MalformedException(
                        "Topic '" + name + "' has more than " + Topic.MAX_PARTITIONS + " partitions");
            }
            blocks.add(block);
            partition = block.endPartition();
        }
        Map<String, String> overrides = CommandCodec.settings(in);
        return switch (TopicConfig.parse(overrides)) {
            case TopicConfig.Parsed.Ok(TopicConfig config) -> new Topic(id, tenant, name, blocks, overrides, config);
            case TopicConfig.Parsed.Refused(String message) ->
                throw new MalformedException("Topic '" + name + "' has an illegal setting: " + message);
        };
    }

    static WireWriter topicId(WireWriter out, TopicId id) {
        return out.i64(id.value().getMostSignificantBits()).i64(id.value().getLeastSignificantBits());
    }

    static TopicId topicId(WireReader in) throws MalformedException {
        return new TopicId(new UUID(in.i64(), in.i64()));
    }

    static void bounds(WireWriter out, Bounds bounds) {
        out.i32(bounds.topics()).i64(bounds.streams()).i32(bounds.configured());
    }

    static Bounds bounds(WireReader in) throws MalformedException {
        return new Bounds(in.i32(), in.i64(), in.i32());
    }

    static void node(WireWriter out, ClusterNode node) {
        out.i32(node.id().value()).string(node.kafkaHost()).u16(node.kafkaPort());
        node.zone().ifPresent(out::string);
    }

    static ClusterNode node(WireReader in) throws MalformedException {
        return new ClusterNode(new NodeId(in.i32()), in.string(), in.u16());
    }

    static ClusterNode nodeInZone(WireReader in) throws MalformedException {
        ClusterNode node = node(in);
        return new ClusterNode(node.id(), node.kafkaHost(), node.kafkaPort(), Optional.of(in.string()));
    }

    static void peers(WireWriter out, List<Peer> peers) {
        out.u8(peers.size());
        for (Peer peer : peers) {
            out.i32(peer.id().node().value()).i64(peer.id().incarnation());
            out.string(peer.host()).u16(peer.port());
        }
    }

    static List<Peer> peers(WireReader in) throws MalformedException {
        int count = in.count(in.u8(), PEER_BYTES);
        List<Peer> peers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            peers.add(new Peer(new PeerId(new NodeId(in.i32()), in.i64()), in.string(), in.u16()));
        }
        return peers;
    }

    static void plan(WireWriter out, MemberPlan plan) {
        switch (plan) {
            case MemberPlan.Joins(String host, int port) ->
                out.u8(1).string(host).i32(port);
            case MemberPlan.Leaves() -> out.u8(2);
        }
    }

    static MemberPlan plan(WireReader in) throws MalformedException {
        int kind = in.u8();
        return switch (kind) {
            case 1 -> new MemberPlan.Joins(in.string(), in.i32());
            case 2 -> new MemberPlan.Leaves();
            default -> throw new MalformedException("Unknown plan for a member: " + kind);
        };
    }

    static void resource(WireWriter out, ConfigResource resource) {
        switch (resource) {
            case ConfigResource.Group group ->
                out.u8(1).string(group.tenant().name()).string(group.name());
        }
    }

    static ConfigResource resource(WireReader in) throws MalformedException {
        int kind = in.u8();
        if (kind != 1) {
            throw new MalformedException("Unknown kind of resource " + kind);
        }
        return new ConfigResource.Group(new TenantId(in.string()), in.string());
    }
}
