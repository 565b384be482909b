package io.weir.wal.state;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The appenders' sessions: which sequence comes next, and the replies to the last ones. A session that was replaced
 * accepts nothing more, but can still tell what it applied.
 *
 * <p>Bounded: of the open ones and of the replaced ones, the one that was used least recently is forgotten, and so
 * refused, when there are too many. Apart, so that an appender which replaces its session again and again pushes out
 * none that another uses; those that ended processes leave open are the first to go.
 *
 * <p>A session takes about 300 bytes, all of them 2.4 MB at most, and the replies up to {@link #MAX_REPLY_BYTES} in
 * addition. When there are more, the oldest replies of the session that was used least recently are forgotten: it stays
 * open, and what became of an entry whose answer was lost cannot be told any more.
 */
final class SessionTable {
    /** Open sessions at most, one of each process that appends: part of the replicated behaviour. */
    static final int MAX_OPEN = 4096;
    /**
     * Replaced sessions at most: part of the replicated behaviour. As many, since every process replaces its own when
     * the leader changes, and again when the answer to that gets lost.
     */
    static final int MAX_REPLACED = MAX_OPEN;
    /** Remembered replies of a session, as many as entries may be in flight: part of the replicated behaviour. */
    static final int WINDOW = 16;
    /** Memory of the remembered replies of all sessions at most: part of the replicated behaviour. */
    static final long MAX_REPLY_BYTES = 16L << 20;

    /** Memory of a reply beside its batches. */
    private static final long REPLY_BYTES = 128;
    /** Outcome, offset, log start. */
    private static final long BATCH_BYTES = 17;

    private final LinkedHashMap<Long, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);
    private int open;
    private long replyBytes;

    /** Whether none was ever opened: there is always one from then on. */
    boolean isEmpty() {
        return sessions.isEmpty();
    }

    PreviousSession open(long id, long replaced) {
        Session previous = sessions.get(replaced);
        if (previous != null && !previous.closed) {
            previous.closed = true;
            open--;
        }
        sessions.put(id, new Session(id, 0, false, new ArrayDeque<>()));
        open++;
        if (open > MAX_OPEN) {
            forgetOldest(false);
            open--;
        }
        if (sessions.size() - open > MAX_REPLACED) {
            forgetOldest(true);
        }
        return previous == null
                ? PreviousSession.UNKNOWN
                : new PreviousSession(previous.nextSequence, previous.replies.toArray(new Reply.Appended[0]), true);
    }

    private void forgetOldest(boolean closed) {
        for (Iterator<Session> all = sessions.values().iterator(); all.hasNext(); ) {
            Session session = all.next();
            if (session.closed == closed) {
                all.remove();
                session.replies.forEach(reply -> replyBytes -= bytes(reply));
                return;
            }
        }
    }

    /** The session, if it still accepts entries. */
    @Nullable Session find(long id) {
        Session session = sessions.get(id);
        return session == null || session.closed ? null : session;
    }

    /** The session's next entry was applied. */
    void applied(Session session, Reply.Appended reply) {
        session.nextSequence++;
        if (session.replies.size() == WINDOW) {
            forgetOldestReply(session);
        }
        session.replies.addLast(reply);
        replyBytes += bytes(reply);
        for (Iterator<Session> oldest = sessions.values().iterator(); replyBytes > MAX_REPLY_BYTES; ) {
            Session other = oldest.next();
            while (replyBytes > MAX_REPLY_BYTES && !other.replies.isEmpty()) {
                forgetOldestReply(other);
            }
        }
    }

    private void forgetOldestReply(Session session) {
        replyBytes -= bytes(session.replies.removeFirst());
    }

    private static long bytes(Reply.Appended reply) {
        return REPLY_BYTES + reply.count() * BATCH_BYTES;
    }

    void restore(FrozenSession session) {
        open += session.closed ? 0 : 1;
        session.replies.forEach(reply -> replyBytes += bytes(reply));
        sessions.put(
                session.id,
                new Session(session.id, session.nextSequence, session.closed, new ArrayDeque<>(session.replies)));
    }

    /** Least recently used first. */
    List<FrozenSession> freeze() {
        List<FrozenSession> frozen = new ArrayList<>(sessions.size());
        for (Map.Entry<Long, Session> entry : sessions.entrySet()) {
            Session session = entry.getValue();
            frozen.add(
                    new FrozenSession(session.id, session.nextSequence, session.closed, List.copyOf(session.replies)));
        }
        return frozen;
    }

    record FrozenSession(long id, long nextSequence, boolean closed, List<Reply.Appended> replies) {}

    static final class Session {
        private final long id;
        private final ArrayDeque<Reply.Appended> replies;
        private long nextSequence;
        private boolean closed;

        private Session(long id, long nextSequence, boolean closed, ArrayDeque<Reply.Appended> replies) {
            this.id = id;
            this.nextSequence = nextSequence;
            this.closed = closed;
            this.replies = replies;
        }

        long nextSequence() {
            return nextSequence;
        }

        /** The reply to a repeated entry; null when it is too long ago. */
        Reply.@Nullable Appended repeated(long sequence) {
            long age = nextSequence - 1 - sequence;
            if (age < 0 || age >= replies.size()) {
                return null;
            }
            List<Reply.Appended> all = new ArrayList<>(replies);
            return all.get(all.size() - 1 - (int) age);
        }
    }
}
