package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.log.Doubt;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.junit.jupiter.api.Test;

/** What a replica does not take while it may have acknowledged more than it has. */
class ReplicaInDoubtTest {
    private final AtomicBoolean reached = new AtomicBoolean();
    private final AtomicBoolean diskFails = new AtomicBoolean();
    private final AtomicInteger ends = new AtomicInteger();
    private final ReplicaInDoubt replica = new ReplicaInDoubt(new Doubt(3, 10), reached::get, () -> {
        if (diskFails.get()) {
            throw new IOException("The disk is gone");
        }
        ends.incrementAndGet();
    });

    private static RequestVoteRequestProto vote(long term, long index, boolean isBefore) {
        return RequestVoteRequestProto.newBuilder()
                .setCandidateTerm(99)
                .setCandidateLastEntry(TermIndexProto.newBuilder().setTerm(term).setIndex(index))
                .setPreVote(isBefore)
                .build();
    }

    private boolean refusesVote(long term, long index) {
        boolean refused = replica.refuses(vote(term, index, false));
        assertThat(replica.refuses(vote(term, index, true))).isEqualTo(refused);
        return refused;
    }

    @Test
    void isAskedForVotesByThoseAloneWhoHaveAsMuchAsItHad() {
        assertThat(refusesVote(3, 9)).isTrue();
        assertThat(refusesVote(2, 11)).isTrue();
        assertThat(refusesVote(0, 0)).isTrue();
        assertThat(refusesVote(3, 10)).isFalse();
        assertThat(refusesVote(3, 11)).isFalse();
        assertThat(refusesVote(4, 1)).isFalse();
    }

    @Test
    void takesWhatALeaderSendsAndIsNotAskedToLead() {
        assertThat(replica.refuses(AppendEntriesRequestProto.getDefaultInstance()))
                .isFalse();
        assertThat(replica.refuses(InstallSnapshotRequestProto.getDefaultInstance()))
                .isFalse();
        assertThat(replica.refuses(StartLeaderElectionRequestProto.getDefaultInstance()))
                .isTrue();
    }

    @Test
    void votesAsAnyOtherOnceItHasEverythingAgain() {
        replica.look();
        assertThat(ends).hasValue(0);
        assertThat(refusesVote(3, 9)).isTrue();

        reached.set(true);
        assertThat(refusesVote(3, 9)).isFalse();
        assertThat(replica.refuses(StartLeaderElectionRequestProto.getDefaultInstance()))
                .isTrue();

        replica.look();
        replica.look();
        assertThat(ends).hasValue(1);
        assertThat(replica.refuses(StartLeaderElectionRequestProto.getDefaultInstance()))
                .isFalse();
        reached.set(false);
        assertThat(refusesVote(1, 1)).isFalse();
    }

    @Test
    void triesAgainWhenItsEndCannotBeWrittenDown() {
        reached.set(true);
        diskFails.set(true);
        replica.look();
        assertThat(replica.refuses(StartLeaderElectionRequestProto.getDefaultInstance()))
                .isTrue();

        diskFails.set(false);
        replica.look();
        assertThat(ends).hasValue(1);
        assertThat(replica.refuses(StartLeaderElectionRequestProto.getDefaultInstance()))
                .isFalse();
    }
}
