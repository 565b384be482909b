package io.weir.metadata.log;

import io.weir.contracts.identity.NodeId;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.record.Bounds;
import java.util.List;

class DrainCodecTest extends CodecContract {
    DrainCodecTest() {
        super(
                "drain",
                List.of(
                        new MetadataCommand.CreateCluster("abcdefghijklmnopqrstuv", 2, new Bounds(10, 100, 5)),
                        new MetadataCommand.DrainNode(new NodeId(3), true),
                        new MetadataCommand.DrainNode(new NodeId(2), true),
                        new MetadataCommand.DrainNode(new NodeId(3), false),
                        new MetadataCommand.DrainNode(new NodeId(1), true)));
    }
}
