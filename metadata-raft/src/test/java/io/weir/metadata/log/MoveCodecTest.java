package io.weir.metadata.log;

import static io.weir.metadata.command.Cluster.TENANT;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.StreamMove.Phase;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.command.MoveCommand;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.wire.MalformedException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MoveCodecTest extends CodecContract {
    MoveCodecTest() {
        super(
                "move",
                List.of(
                        new MetadataCommand.CreateCluster("abcdefghijklmnopqrstuv", 2, new Bounds(10, 100, 5)),
                        new MetadataCommand.CreateTopic(TENANT, "t", new TopicId(new UUID(1, 2)), 3, Map.of()),
                        new MetadataCommand.Moves(new MoveCommand.Plan(TENANT, "t", List.of(0), new ShardId(1))),
                        new MetadataCommand.Moves(new MoveCommand.Plan(TENANT, "t", List.of(1), new ShardId(1))),
                        new MetadataCommand.Moves(new MoveCommand.Plan(TENANT, "t", List.of(2), new ShardId(1))),
                        new MetadataCommand.Moves(new MoveCommand.Advance(4, Phase.PLACED)),
                        new MetadataCommand.Moves(new MoveCommand.Advance(5, Phase.CANCELLED)),
                        new MetadataCommand.Moves(new MoveCommand.End(5))));
    }

    @Test
    void refusesUnknownPhases() {
        byte[] unknown = {61, 0, 0, 0, 0, 0, 0, 0, 1, 3};
        assertThatThrownBy(() -> CommandCodec.decode(List.of(CommandCodec.entry(0, List.of(ByteBuffer.wrap(unknown))))))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("Unknown phase of a move: 3");
    }
}
