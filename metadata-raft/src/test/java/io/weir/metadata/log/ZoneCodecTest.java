package io.weir.metadata.log;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.record.Bounds;
import java.util.List;
import java.util.Optional;

class ZoneCodecTest extends CodecContract {
    ZoneCodecTest() {
        super(
                "zone",
                List.of(
                        new MetadataCommand.CreateCluster("abcdefghijklmnopqrstuv", 2, new Bounds(10, 100, 5)),
                        new MetadataCommand.RegisterNode(
                                new ClusterNode(new NodeId(7), "localhost", 9092, Optional.of("eu-1a")))));
    }
}
