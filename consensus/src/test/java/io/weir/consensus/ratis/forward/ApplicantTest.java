package io.weir.consensus.ratis.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.consensus.ratis.forward.LeaderSide.Answer;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.NodeId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A replica that asks to be admitted. */
class ApplicantTest {
    private static final Peer SELF = new Peer(new PeerId(new NodeId(2), 7), "127.0.0.1", 7402);

    private final PeerChannels channels = new PeerChannels();
    private FakeLeader leader;
    private FakeLeader other;

    @BeforeEach
    void start() throws IOException {
        leader = new FakeLeader();
        other = new FakeLeader();
    }

    @AfterEach
    void stop() {
        channels.close();
        leader.close();
        other.close();
    }

    private Applicant applicant(Duration pause, Peer... others) {
        return new Applicant(FakeLeader.GROUP, SELF, channels, () -> List.of(others), pause);
    }

    @Test
    void asksWhoeverItKnowsUntilItBelongs() {
        Applicant applicant = applicant(Duration.ofMillis(1), leader.peer());

        Eventually.holds(() -> {
            applicant.tick(false, true);
            return !leader.applicants().isEmpty();
        });
        assertThat(leader.applicants().getFirst()).isEqualTo(SELF);
        assertThat(applicant.reached()).containsExactly(leader.peer());

        applicant.tick(true, true);
        assertThat(applicant.reached()).isEmpty();
    }

    /** A leader that was cut off may have told it of its admission, and nobody else. */
    @Test
    void asksThoughItBelongsWhereNobodyLeads() {
        Applicant applicant = applicant(Duration.ofMillis(1), leader.peer());

        applicant.tick(true, true);
        assertThat(applicant.reached()).isEmpty();
        Eventually.holds(() -> {
            applicant.tick(true, false);
            return !leader.applicants().isEmpty();
        });
    }

    @Test
    void goesOnToTheNextWhereNobodyListens() {
        Peer nobody = other.peer();
        other.close();
        Applicant applicant = applicant(Duration.ofMillis(1), nobody, leader.peer());

        Eventually.holds(() -> {
            applicant.tick(false, true);
            return !leader.applicants().isEmpty();
        });
    }

    @Test
    void asksTheLeaderThatAnotherNames() {
        other.answer(new Answer.Elsewhere(leader.peer()));
        Applicant applicant = applicant(Duration.ofMillis(1), other.peer());

        Eventually.holds(() -> {
            applicant.tick(false, true);
            return !leader.applicants().isEmpty();
        });
    }

    @Test
    void asksAgainAfterARefusalButNotBeforeThePauseIsOver() {
        leader.answer(new Answer.Refused(new NotAccepted(FailureCode.FENCED, "Another change is under way")));
        Applicant patient = applicant(Duration.ofHours(1), leader.peer());
        Applicant eager = applicant(Duration.ofMillis(1), leader.peer());

        for (int i = 0; i < 100; i++) {
            patient.tick(false, true);
        }
        Eventually.holds(() -> !leader.applicants().isEmpty());
        assertThat(leader.applicants()).hasSize(1);
        Eventually.holds(() -> {
            eager.tick(false, true);
            return leader.applicants().size() >= 4;
        });
    }

    @Test
    void withNobodyToAskNothingIsAsked() {
        Applicant alone = applicant(Duration.ofMillis(1));

        alone.tick(false, true);

        assertThat(alone.reached()).isEmpty();
    }
}
