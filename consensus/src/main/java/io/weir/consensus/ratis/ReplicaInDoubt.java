package io.weir.consensus.ratis;

import io.weir.consensus.log.Doubt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.impl.ElectionPause;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica whose log once went further than it does, and may have acknowledged what is missing: it votes as if its log
 * still ended there, and does not stand for election, until the log, or a snapshot, has come as far again (ADR 7).
 *
 * <p>Threading: any thread; {@link #look} one. Durability: what it does not know of is in the group's directory.
 */
final class ReplicaInDoubt {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaInDoubt.class);

    private final Doubt doubt;
    private final BooleanSupplier isReached;
    private final Ending ending;
    private volatile boolean over;

    /** What is done when it is over. */
    interface Ending {
        void run() throws IOException;
    }

    /**
     * A replica that stands for no election already.
     *
     * @param isReached whether the fsynced log is as long again
     */
    ReplicaInDoubt(Doubt doubt, BooleanSupplier isReached, Ending ending) {
        this.doubt = doubt;
        this.isReached = isReached;
        this.ending = ending;
    }

    /** The library's part of a group, which {@link ElectionPause} was told of before its start. */
    static ReplicaInDoubt of(Doubt doubt, Path file, RaftServer.Division division) {
        return new ReplicaInDoubt(doubt, () -> hasReached(doubt, division), () -> {
            Doubt.end(file);
            ElectionPause.end(division);
        });
    }

    private static boolean hasReached(Doubt doubt, RaftServer.Division division) {
        if (!division.getInfo().isAlive()) {
            return false;
        }
        RaftLog log = division.getRaftLog();
        SnapshotInfo snapshot = division.getStateMachine().getLatestSnapshot();
        return hasReached(doubt, log.getTermIndex(log.getFlushIndex()))
                || (snapshot != null && hasReached(doubt, snapshot.getTermIndex()));
    }

    private static boolean hasReached(Doubt doubt, @Nullable TermIndex end) {
        return end != null && new Doubt(end.getTerm(), end.getIndex()).compareTo(doubt) >= 0;
    }

    /** Whether a message of another peer's is not for this replica now. */
    boolean refuses(Object message) {
        return switch (message) {
            case RequestVoteRequestProto vote ->
                !over && isBehind(vote.getCandidateLastEntry()) && !isReached.getAsBoolean();
            case StartLeaderElectionRequestProto _ -> !over;
            default -> false;
        };
    }

    private boolean isBehind(TermIndexProto candidate) {
        return new Doubt(candidate.getTerm(), candidate.getIndex()).compareTo(doubt) < 0;
    }

    /** Now and then: ends it once that may be. */
    void look() {
        if (over || !isReached.getAsBoolean()) {
            return;
        }
        try {
            ending.run();
            over = true;
            LOG.atInfo()
                    .addKeyValue("term", doubt.term())
                    .addKeyValue("index", doubt.index())
                    .log("What this replica may have acknowledged is back: it is as any other again");
        } catch (IOException e) {
            LOG.atWarn().setCause(e).log("A replica cannot be trusted yet with what it has got back");
        }
    }
}
