package io.weir.metadata.log;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.record.Bounds;
import java.util.List;

class ShardCodecTest extends CodecContract {
    ShardCodecTest() {
        super(
                "shard",
                List.of(
                        new MetadataCommand.CreateCluster("abcdefghijklmnopqrstuv", 2, new Bounds(10, 100, 5)),
                        new MetadataCommand.AddShards(
                                3,
                                List.of(
                                        new Peer(new PeerId(new NodeId(1), 1), "127.0.0.1", 7401),
                                        new Peer(new PeerId(new NodeId(2), 1_800_000_000_000L), "localhost", 7402))),
                        new MetadataCommand.AddShards(
                                5, List.of(new Peer(new PeerId(new NodeId(2), 1), "127.0.0.1", 7402)))));
    }
}
