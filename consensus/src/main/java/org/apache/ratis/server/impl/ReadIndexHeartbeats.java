package org.apache.ratis.server.impl;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.leader.LogAppender;
import org.jspecify.annotations.Nullable;

/**
 * Takes the place of Ratis' class of this name, by which a leader confirms itself before a read. Ratis' own takes an
 * acknowledgement of any age while the commit index stands still, and counts for a read what was sent before it began:
 * one that was deposed meanwhile passed such reads (ADR 8). Here every read has a round of its own. It must stand
 * before Ratis' own on the class path.
 *
 * <p>Threading: any thread. A read is answered by the thread that brings the last reply it needs, with no lock held.
 */
final class ReadIndexHeartbeats {
    private final Collection<AppendEntriesListener> waiting = new ArrayList<>();
    private @Nullable Exception end;

    /** What the original does not: says that this class was loaded. */
    static boolean asksForEachRead() {
        return true;
    }

    /** One read, from its beginning until a majority has answered what was sent after that. */
    static final class AppendEntriesListener {
        private final long readIndex;
        private final Map<RaftPeerId, Asked> followers = new HashMap<>();
        private final CompletableFuture<Long> answer = new CompletableFuture<>();

        AppendEntriesListener(long readIndex, Iterable<LogAppender> appenders) {
            this.readIndex = readIndex;
            for (LogAppender appender : appenders) {
                followers.put(appender.getFollowerId(), asked(appender));
            }
        }

        CompletableFuture<Long> getFuture() {
            return answer;
        }

        /** Whether the read is confirmed now, be it that a change of the configuration has left less to wait for. */
        private boolean receive(
                LogAppender appender, AppendEntriesReplyProto reply, Predicate<Predicate<RaftPeerId>> hasMajority) {
            // Another appender to the same follower numbers its messages anew.
            Asked asked = followers.compute(
                    appender.getFollowerId(),
                    (id, known) -> known != null && known.appender.equals(appender) ? known : asked(appender));
            asked.take(reply);
            return hasMajority.test(this::hasAnswered);
        }

        private static Asked asked(LogAppender appender) {
            Asked asked = new Asked(appender);
            appender.triggerHeartbeat();
            return asked;
        }

        private boolean hasAnswered(RaftPeerId follower) {
            Asked asked = followers.get(follower);
            return asked != null && asked.answered;
        }
    }

    /** A follower; what has a lower number was made for it before the read began. */
    private static final class Asked {
        private final LogAppender appender;
        private final long firstCall;
        private boolean answered;

        Asked(LogAppender appender) {
            this.appender = appender;
            this.firstCall = appender.getCallId();
        }

        void take(AppendEntriesReplyProto reply) {
            answered |= reply.getServerReply().getSuccess()
                    && appender.getCallIdComparator()
                                    .compare(reply.getServerReply().getCallId(), firstCall)
                            >= 0;
        }
    }

    /** A read begins; never without a listener, which stands for one that is confirmed already. */
    AppendEntriesListener addAppendEntriesListener(long readIndex, Function<Long, AppendEntriesListener> constructor) {
        AppendEntriesListener read;
        Exception ended;
        synchronized (this) {
            read = constructor.apply(readIndex);
            ended = end;
            if (ended == null) {
                waiting.add(read);
            }
        }
        if (ended != null) {
            read.answer.completeExceptionally(ended);
        }
        return read;
    }

    void onAppendEntriesReply(
            LogAppender appender, AppendEntriesReplyProto reply, Predicate<Predicate<RaftPeerId>> hasMajority) {
        List<AppendEntriesListener> confirmed = new ArrayList<>();
        synchronized (this) {
            waiting.removeIf(read -> read.receive(appender, reply, hasMajority) && confirmed.add(read));
        }
        confirmed.forEach(read -> read.answer.complete(read.readIndex));
    }

    /** This peer does not lead any more. */
    void failListeners(Exception why) {
        List<AppendEntriesListener> failed;
        synchronized (this) {
            if (end != null) {
                return;
            }
            end = why;
            failed = List.copyOf(waiting);
            waiting.clear();
        }
        failed.forEach(read -> read.answer.completeExceptionally(why));
    }
}
