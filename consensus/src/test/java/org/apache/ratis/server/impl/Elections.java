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

    /** Whether a leader takes a follower for a member that has what members have, not for one that is to be added. */
    public static boolean isMember(RaftServer.Division leader, RaftPeerId follower) {
        return ((RaftServerImpl) leader)
                .getRole()
                .getLeaderStateNonNull()
                .getLogAppenders()
                .map(LogAppender::getFollower)
                .anyMatch(info -> info.getId().equals(follower) && ((FollowerInfoImpl) info).isCaughtUp());
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
