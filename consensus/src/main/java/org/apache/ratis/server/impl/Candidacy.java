package org.apache.ratis.server.impl;

import java.io.IOException;
import java.time.Duration;
import org.apache.ratis.server.RaftServer;

/**
 * Lets Weir end the candidacy of a peer that nobody elects. An election of Ratis' ends with the first exception, such
 * as that of a term that could not be written; its peer stays a candidate, and would never stand again. Nothing of
 * Ratis' is replaced.
 *
 * <p>Threading: any thread.
 */
public final class Candidacy {
    private Candidacy() {}

    /**
     * One who has been a candidate for so long follows again, and stands when it has heard of no leader for a while. To
     * one whose election goes on that is no harm: so far nobody could elect it. Waits for a lock under which the term
     * is written, so for the disk.
     */
    public static void endAfter(RaftServer.Division division, Duration longest) throws IOException {
        RaftServerImpl server = (RaftServerImpl) division;
        if (!isFutile(server, longest)) {
            return;
        }
        synchronized (server) {
            if (isFutile(server, longest)) {
                // Not waited for: an election that goes on may need the lock to end.
                var _ = server.changeToFollowerAndPersistMetadata(
                        server.getState().getCurrentTerm(), false, "nobody has elected it");
            }
        }
    }

    /** Whether it has been a candidate for so long. Waits for nobody. */
    public static boolean isFutile(RaftServer.Division division, Duration longest) {
        RaftServerImpl server = (RaftServerImpl) division;
        return server.getInfo().isCandidate()
                && server.getInfo().isAlive()
                && server.getRole().getRoleElapsedTimeMs() > longest.toMillis();
    }
}
