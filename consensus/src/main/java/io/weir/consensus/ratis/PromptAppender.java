package io.weir.consensus.ratis;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a follower what is committed as soon as it is, with an empty message, if nothing else is on its way there that
 * would: no entry that is still to be sent, which takes the news along, and none that is still unanswered, after which
 * the news will be newer. The library's own waits for its next heartbeat.
 *
 * <p>It also gives a follower back what that has acknowledged once and lost since, as soon as it says so. The library's
 * own waits for the next entry: until then it takes the follower to have what it once had. What a broken connection may
 * have lost it sends again, though nothing follows. And it waits for what it has to say to a follower that is away,
 * which the library's own spends a core on.
 *
 * <p>Threading: the appender's own thread, which every commit and every answer wakes.
 */
final class PromptAppender extends GrpcLogAppender {
    private static final Logger LOG = LoggerFactory.getLogger(PromptAppender.class);

    private volatile long told = RaftLog.INVALID_LOG_INDEX;
    /** No message of entries began before it. */
    private long firstSent = Long.MAX_VALUE;
    /** Where the next message would begin if all had arrived, while nobody waits for an answer, and since when. */
    private long unanswered = RaftLog.INVALID_LOG_INDEX;

    private long unansweredSince;
    /** Since entries were sent for the last time, so that those may be lost. */
    private volatile boolean streamHasEnded;
    /** Which calls {@link #run}. */
    private volatile @Nullable Thread sending;
    /** While its follower was being admitted: it goes on until that is decided. */
    private volatile boolean hasFailed;
    /** The first message that answers whoever has asked for a heartbeat. */
    private final AtomicLong wanted = new AtomicLong(-1);

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

    /** The library does not wait at all while its stream is broken, though there is nothing that it could send yet. */
    @Override
    public long getWaitTimeMs() {
        return hasAppendEntries() ? super.getWaitTimeMs() : Math.max(0, getHeartbeatWaitTimeMs());
    }

    @Override
    public void triggerHeartbeat() {
        wanted.accumulateAndGet(getCallId(), Math::max);
        super.triggerHeartbeat();
    }

    /**
     * Called at every commit, too, by whoever makes it: the library would look whether an admission gets on only once
     * nothing has happened for a while, or when the replica itself acknowledges something. Not by the appender's own
     * thread alone, which may be waiting for an answer.
     */
    @Override
    public void notifyLogAppender() {
        super.notifyLogAppender();
        if (isBeingAdmitted()) {
            getLeaderState().onFollowerSuccessAppendEntries(getFollower());
        }
    }

    /** Called when a message is sent: whoever has asked since that was made waits for the next one. */
    @Override
    protected void resetHeartbeatTrigger() {
        super.resetHeartbeatTrigger();
        if (wanted.get() >= getCallId()) {
            super.triggerHeartbeat();
        }
    }

    @Override
    public @Nullable AppendEntriesRequestProto newAppendEntriesRequest(long callId, boolean heartbeat)
            throws RaftLogIOException {
        sendAgainWhatIsLost();
        AppendEntriesRequestProto request = super.newAppendEntriesRequest(callId, heartbeat);
        if (request != null) {
            told = Math.max(told, request.getLeaderCommit());
            if (request.getEntriesCount() > 0) {
                streamHasEnded = false;
                firstSent = Math.min(firstSent, request.getEntries(0).getIndex());
            }
        }
        return request;
    }

    /**
     * The library replaces an appender that fails only if its follower is a member already. One that is being admitted
     * would be forgotten, taken for caught up, and made a member to whom nobody sends anything.
     */
    @Override
    public void run() throws IOException {
        sending = Thread.currentThread();
        try {
            super.run();
        } catch (IOException | RuntimeException | Error failure) {
            if (failure instanceof InterruptedIOException || !isRunning() || !isBeingAdmitted()) {
                throw failure;
            }
            hasFailed = true;
            untilAdmitted(failure);
        }
    }

    /** One that has failed has done what it can once its follower is a member: the library replaces it then. */
    @Override
    public boolean isRunning() {
        return super.isRunning() && (!hasFailed || isBeingAdmitted());
    }

    private boolean isBeingAdmitted() {
        return getLeaderState().isFollowerBootstrapping(getFollower());
    }

    /**
     * Runs again for as long as the replica gets on by it: a failure may leave entries behind that are in the way of
     * all others, though not of a newer snapshot. Otherwise nothing is sent, so that the admission ends for want of
     * answers; the replica asks for another one.
     */
    private void untilAdmitted(Throwable first) {
        Throwable failure = first;
        FollowerInfo follower = getFollower();
        long had = Long.MIN_VALUE;
        while (isRunning()) {
            long has = follower.getMatchIndex();
            if (has > had) {
                had = has;
                LOG.atWarn()
                        .addKeyValue("follower", follower)
                        .setCause(failure)
                        .log("Sending has failed to a replica that is being admitted; trying again");
                // What it was sent and has not acknowledged may never have left.
                follower.setNextIndex(has + 1);
                failure = again(failure);
            }
            getLeaderState().onFollowerSuccessAppendEntries(follower);
            if (!paused()) {
                return;
            }
        }
        if (super.isRunning()) {
            throw new IllegalStateException("An appender that has failed begins anew for a member", failure);
        }
    }

    private Throwable again(Throwable failure) {
        try {
            super.run();
            return failure;
        } catch (IOException | RuntimeException | Error next) {
            return next;
        }
    }

    /** Unless the appender is stopped meanwhile. */
    private boolean paused() {
        try {
            TimeUnit.MILLISECONDS.sleep(Math.max(1, getServer().properties().minRpcTimeoutMs() / 8));
            return true;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** The library asks for it when a stream has failed, and, by the appender's own thread, when it begins the next. */
    @Override
    public GrpcServicesImpl getServerRpc() {
        Thread own = sending;
        if (own != null && !own.equals(Thread.currentThread())) {
            streamHasEnded = true;
        }
        return super.getServerRpc();
    }

    /**
     * When a connection breaks, the library stops waiting for answers, and goes on behind what it has sent. A follower
     * that has got it says so when it acknowledges the next entry; but where all clients wait there is none. What the
     * follower knows to be committed it has; what else was sent is sent again. Only then: behind a disk that hangs
     * nothing is lost, every copy would wait there, and an answer to the first one would cross the second.
     */
    private void sendAgainWhatIsLost() {
        FollowerInfo follower = getFollower();
        long next = follower.getNextIndex();
        if (follower.updateMatchIndex(Math.min(follower.getCommitIndex(), next - 1))) {
            getLeaderState().onFollowerSuccessAppendEntries(follower);
        }
        long missing = Math.max(follower.getMatchIndex() + 1, firstSent);
        if (!streamHasEnded || missing >= next || hasPendingDataRequests()) {
            unanswered = RaftLog.INVALID_LOG_INDEX;
        } else if (unanswered != next) {
            unanswered = next;
            unansweredSince = System.nanoTime();
        } else if (System.nanoTime() - unansweredSince >= answersAreTakenWithin()) {
            unanswered = RaftLog.INVALID_LOG_INDEX;
            follower.setNextIndex(missing);
        }
    }

    /** In nanoseconds: what was answered is waited for no more some moments before it counts. */
    private long answersAreTakenWithin() {
        return TimeUnit.MILLISECONDS.toNanos(getServer().properties().minRpcTimeoutMs()) / 8;
    }

    /** @param requestFirstIndex nothing valid where an empty message was answered */
    @Override
    protected long getNextIndexForInconsistency(long requestFirstIndex, long replyNextIndex) {
        return requestFirstIndex < RaftLog.LEAST_VALID_LOG_INDEX
                ? replyNextIndex
                : super.getNextIndexForInconsistency(requestFirstIndex, replyNextIndex);
    }
}
