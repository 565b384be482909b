package io.weir.wal.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SessionTableTest {
    /** Of an entry with so many batches that a few dozen replies take all the memory that there is for them. */
    private static final int BATCHES = 60_000;

    private final SessionTable table = new SessionTable();

    @Test
    void forgetsTheOldestRepliesOfTheSessionUsedLeastRecentlyWhenAllTakeTooMuch() {
        // Given
        open(1, 2, 3);
        for (int i = 0; i < SessionTable.WINDOW / 2; i++) {
            apply(table, 1);
            apply(table, 2);
        }

        // When
        for (int i = 0; i <= SessionTable.WINDOW / 2; i++) {
            apply(table, 3);
        }

        // Then
        assertThat(repliesBytes()).isBetween(SessionTable.MAX_REPLY_BYTES * 9 / 10, SessionTable.MAX_REPLY_BYTES);
        assertThat(table.freeze().stream().map(session -> session.replies().size()))
                .containsExactly(0, SessionTable.WINDOW / 2 - 1, SessionTable.WINDOW / 2 + 1);
        SessionTable.Session first = session(table, 1);
        assertThat(first.nextSequence()).isEqualTo(SessionTable.WINDOW / 2);
        assertThat(first.repeated(0)).isNull();
        assertThat(first.repeated(SessionTable.WINDOW / 2 - 1)).isNull();
        assertThat(session(table, 2).repeated(0)).isNull();
        assertThat(session(table, 2).repeated(1)).isNotNull();
    }

    @Test
    void forgetsTheSameRepliesAfterASnapshot() {
        // Given
        open(1, 2, 3);
        for (int i = 0; i < SessionTable.WINDOW; i++) {
            apply(table, 1 + i % 3);
        }
        SessionTable restored = new SessionTable();
        table.freeze().forEach(restored::restore);

        // When
        for (int i = 0; i < SessionTable.WINDOW; i++) {
            apply(table, 1 + i % 2);
            apply(restored, 1 + i % 2);
        }

        // Then
        assertThat(remembered(restored)).isEqualTo(remembered(table));
        assertThat(repliesBytes()).isLessThanOrEqualTo(SessionTable.MAX_REPLY_BYTES);
    }

    @Test
    void aForgottenSessionsRepliesTakeNothingFromOthers() {
        // Given so many that came later that the first is forgotten
        open(1);
        for (int i = 0; i < SessionTable.WINDOW / 2; i++) {
            apply(table, 1);
        }
        for (int i = 0; i < SessionTable.MAX_OPEN; i++) {
            open(2 + i);
        }
        assertThat(table.find(1)).isNull();

        // When
        for (int i = 0; i < SessionTable.WINDOW; i++) {
            apply(table, 2);
        }

        // Then
        assertThat(session(table, 2).repeated(1)).isNotNull();
    }

    private void open(long... sessions) {
        for (long session : sessions) {
            table.open(session, -1);
        }
    }

    private static void apply(SessionTable table, long session) {
        table.applied(
                session(table, session), new Reply.Appended(new byte[BATCHES], new long[BATCHES], new long[BATCHES]));
    }

    private static SessionTable.Session session(SessionTable table, long session) {
        return Objects.requireNonNull(table.find(session));
    }

    private static List<List<Long>> remembered(SessionTable table) {
        return table.freeze().stream()
                .map(session -> List.of(session.id(), session.nextSequence(), (long)
                        session.replies().size()))
                .toList();
    }

    private long repliesBytes() {
        return table.freeze().stream()
                .map(SessionTable.FrozenSession::replies)
                .flatMap(List::stream)
                .mapToLong(reply -> 128 + 17L * reply.count())
                .sum();
    }
}
