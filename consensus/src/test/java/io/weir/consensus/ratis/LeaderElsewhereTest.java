package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.ratis.forward.PeerChannels;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.identity.NodeId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LeaderElsewhereTest {
    @Test
    void whatCannotBeHandedOverBecauseOfABugIsAnswered() {
        Leader leader = new Leader(new NodeId(1), 1);
        try (PeerChannels channels = new PeerChannels()) {
            LeaderElsewhere elsewhere = new LeaderElsewhere(
                    "journal",
                    new PeerId(new NodeId(2), 1),
                    channels,
                    () -> new Leadership.Following(Optional.of(leader)),
                    node -> {
                        throw new IllegalStateException("A bug");
                    },
                    () -> 0,
                    Duration.ofSeconds(1));

            assertThat(elsewhere.submit(List.of(), leader))
                    .isCompletedWithValueMatching(Submission.Unknown.class::isInstance);
        }
    }
}
