package org.apache.ratis.server.impl;

import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;

/**
 * Lets Weir give up a log that holds another entry where a snapshot of the leader's ends, as Raft's paper has it (§7).
 * Ratis keeps the file in which that entry is, and takes everything in it up to the snapshot for committed: a peer that
 * leads later sends it to whoever lacks it. Nothing of Ratis' is replaced.
 *
 * <p>Threading: whoever has had the snapshot installed, before anything else is appended.
 */
public final class ReplacedLog {
    private ReplacedLog() {}

    /**
     * Empties the log, unless it holds the entry that a snapshot ends with, or nothing up to there. The log's writer
     * thread deletes the files.
     */
    public static void giveUp(RaftServer.Division follower, TermIndex snapshot) {
        RaftServerImpl server = (RaftServerImpl) follower;
        synchronized (server) {
            RaftLog log = server.getRaftLog();
            TermIndex replaced = log.getTermIndex(snapshot.getIndex());
            if (replaced == null || replaced.equals(snapshot)) {
                return;
            }
            long next = log.getNextIndex();
            for (long index = log.getStartIndex(); index < next; index++) {
                // Kept for each entry until that is applied, or truncated by another one.
                server.getTransactionManager().remove(log.getTermIndex(index));
            }
            var _ = log.truncate(snapshot.getIndex() + 1);
            // One further than the snapshot: up to there Ratis takes it for purged.
            var _ = log.purge(snapshot.getIndex() + 1);
        }
    }
}
