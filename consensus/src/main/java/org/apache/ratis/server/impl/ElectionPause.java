package org.apache.ratis.server.impl;

import java.io.IOException;
import org.apache.ratis.server.RaftServer;

/**
 * Lets Weir keep a peer from standing for election: before it has started, which Ratis does not take as a request,
 * since whatever comes after the start may come after the first election, too; and from the moment in which it stops to
 * lead. Nothing of Ratis' is replaced.
 *
 * <p>Threading: any thread.
 */
public final class ElectionPause {
    private ElectionPause() {}

    /** From now on the peer stands for no election: one that hears of no leader is a candidate that asks nobody. */
    public static void begin(RaftServer.Division division) {
        ((RaftServerImpl) division).getRole().setLeaderElectionPause(true);
    }

    /** A leader does not lead any more, and stands for no election either. Nothing is written: the term stays. */
    public static void stepDown(RaftServer.Division division) throws IOException {
        RaftServerImpl server = (RaftServerImpl) division;
        synchronized (server) {
            if (server.getInfo().isLeader()) {
                begin(division);
                // Not waited for: what leading has begun may need the lock to end.
                var _ = server.changeToFollowerAndPersistMetadata(
                        server.getState().getCurrentTerm(), false, "elections are paused");
            }
        }
    }

    /** From now on it does. A candidate that asked nobody would never ask: it is a follower again. */
    public static void end(RaftServer.Division division) throws IOException {
        RaftServerImpl server = (RaftServerImpl) division;
        synchronized (server) {
            server.getRole().setLeaderElectionPause(false);
            if (server.getInfo().isCandidate()) {
                // Not waited for: an election that goes on may need the lock to end.
                var _ = server.changeToFollowerAndPersistMetadata(
                        server.getState().getCurrentTerm(), false, "elections are resumed");
            }
        }
    }
}
