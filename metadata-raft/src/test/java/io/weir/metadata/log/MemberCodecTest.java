package io.weir.metadata.log;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.wire.MalformedException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemberCodecTest extends CodecContract {
    MemberCodecTest() {
        super(
                "member",
                List.of(
                        new MetadataCommand.CreateCluster("abcdefghijklmnopqrstuv", 2, new Bounds(10, 100, 5)),
                        new MetadataCommand.PlanMember(new NodeId(4), new MemberPlan.Joins("127.0.0.1", 7404)),
                        new MetadataCommand.PlanMember(new NodeId(3), new MemberPlan.Leaves())));
    }

    @Test
    void refusesUnknownPlans() {
        byte[] unknown = {13, 0, 0, 0, 1, 3};
        assertThatThrownBy(() -> CommandCodec.decode(List.of(CommandCodec.entry(0, List.of(ByteBuffer.wrap(unknown))))))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("Unknown plan for a member: 3");
    }
}
