package org.apache.ratis.server.impl;

import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.LogAppender;

/** Has peers do at once what they do of themselves only after a time. */
public final class Elections {
    private Elections() {}

    /** A peer that follows stands for election, without asking first whether it would be elected. */
    public static void stand(RaftServer.Division follower) {
        RaftServerImpl server = (RaftServerImpl) follower;
        synchronized (server) {
            if (server.getInfo().isFollower()) {
                server.changeToCandidate(true);
            }
        }
    }

    /** How many messages to a follower a leader has begun to make. */
    public static long messagesTo(RaftServer.Division leader, RaftPeerId follower) {
        return ((RaftServerImpl) leader)
                .getRole()
                .getLeaderStateNonNull()
                .getLogAppenders()
                .filter(appender -> appender.getFollowerId().equals(follower))
                .mapToLong(LogAppender::getCallId)
                .sum();
    }
}
