package io.weir.consensus.ratis;

import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.jspecify.annotations.Nullable;

/**
 * Tells a follower what is committed as soon as it is, with an empty message, if nothing else is on its way there that
 * would: no entry that is still to be sent, which takes the news along, and none that is still unanswered, after which
 * the news will be newer. The library's own waits for its next heartbeat.
 *
 * <p>It also gives a follower back what that has acknowledged once and lost since, as soon as it says so. The library's
 * own waits for the next entry: until then it takes the follower to have what it once had.
 *
 * <p>Threading: the appender's own thread, which every commit and every answer wakes.
 */
final class PromptAppender extends GrpcLogAppender {
    private volatile long told = RaftLog.INVALID_LOG_INDEX;

    PromptAppender(RaftServer.Division server, LeaderState leaderState, FollowerInfo follower) {
        super(server, leaderState, follower);
    }

    private boolean hasNews() {
        long committed = getRaftLog().getLastCommittedIndex();
        return committed > told
                && committed > getFollower().getCommitIndex()
                && getFollower().getMatchIndex() >= committed
                && !hasAppendEntries()
                && !hasPendingDataRequests();
    }

    @Override
    public boolean shouldSendAppendEntries() {
        return super.shouldSendAppendEntries() || hasNews();
    }

    /** The library makes an empty message where it is due; what it sends then is all that there is to say. */
    @Override
    public long getHeartbeatWaitTimeMs() {
        return hasNews() ? 0 : super.getHeartbeatWaitTimeMs();
    }

    @Override
    public @Nullable AppendEntriesRequestProto newAppendEntriesRequest(long callId, boolean heartbeat)
            throws RaftLogIOException {
        AppendEntriesRequestProto request = super.newAppendEntriesRequest(callId, heartbeat);
        if (request != null) {
            told = Math.max(told, request.getLeaderCommit());
        }
        return request;
    }

    /** @param requestFirstIndex nothing valid where an empty message was answered */
    @Override
    protected long getNextIndexForInconsistency(long requestFirstIndex, long replyNextIndex) {
        return requestFirstIndex < RaftLog.LEAST_VALID_LOG_INDEX
                ? replyNextIndex
                : super.getNextIndexForInconsistency(requestFirstIndex, replyNextIndex);
    }
}
