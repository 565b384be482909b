package io.weir.wal.state;

import java.util.ArrayDeque;
import java.util.ArrayList;
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
 */
final class SessionTable {
    /** Open sessions at most: part of the replicated behaviour. */
    static final int MAX_OPEN = 32;
    /** Replaced sessions at most: part of the replicated behaviour. */
    static final int MAX_REPLACED = 16;
    /** Remembered replies of a session, as many as entries may be in flight: part of the replicated behaviour. */
    static final int WINDOW = 16;

    private final LinkedHashMap<Long, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /** Whether none was ever opened: there is always one from then on. */
    boolean isEmpty() {
        return sessions.isEmpty();
    }

    PreviousSession open(long id, long replaced) {
        Session previous = sessions.get(replaced);
        if (previous != null) {
            previous.closed = true;
        }
        sessions.put(id, new Session(id, 0, false, new ArrayDeque<>()));
        forgetOldest(false, MAX_OPEN);
        forgetOldest(true, MAX_REPLACED);
        return previous == null
                ? PreviousSession.UNKNOWN
                : new PreviousSession(previous.nextSequence, previous.replies.toArray(new Reply.Appended[0]), true);
    }

    private void forgetOldest(boolean closed, int atMost) {
        Session oldest = null;
        int count = 0;
        for (Session session : sessions.values()) {
            if (session.closed == closed) {
                oldest = oldest == null ? session : oldest;
                count++;
            }
        }
        if (oldest != null && count > atMost) {
            sessions.remove(oldest.id);
        }
    }

    /** The session, if it still accepts entries. */
    @Nullable Session find(long id) {
        Session session = sessions.get(id);
        return session == null || session.closed ? null : session;
    }

    void restore(FrozenSession session) {
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

        void applied(Reply.Appended reply) {
            nextSequence++;
            if (replies.size() == WINDOW) {
                replies.removeFirst();
            }
            replies.addLast(reply);
        }
    }
}
