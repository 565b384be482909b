package org.apache.ratis.server.impl;

import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;

/**
 * Lets Weir go on where Ratis begins anew. An appender that fails is replaced by one that takes its follower, a member
 * of the configuration, for one that is about to be added (RATIS-2283): it is sent a snapshot that it does not need, a
 * higher term of its own is not listened to, and the next change of the configuration waits for it, or ends without an
 * appender for it. Nothing of Ratis' is replaced.
 *
 * <p>Threading: any thread, before the appender is started.
 */
public final class BegunAnew {
    private BegunAnew() {}

    /** Of a member nothing is known but what is committed: what it has beyond that it says when it is sent it. */
    public static void goOn(RaftServer.Division leader, FollowerInfo follower) {
        FollowerInfoImpl info = (FollowerInfoImpl) follower;
        if (!info.isCaughtUp() && leader.getRaftConf().getPeer(info.getId()) != null) {
            info.setNextIndex(leader.getRaftLog().getLastCommittedIndex() + 1);
            info.catchUp();
        }
    }
}
