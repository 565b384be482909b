package io.weir.testsupport.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.testsupport.history.Anomaly.DuplicateWrite;
import io.weir.testsupport.history.Anomaly.GroupOffsetBack;
import io.weir.testsupport.history.Anomaly.InconsistentOffset;
import io.weir.testsupport.history.Anomaly.LostWrite;
import io.weir.testsupport.history.Anomaly.NonMonotonicPoll;
import io.weir.testsupport.history.Anomaly.NonMonotonicSend;
import io.weir.testsupport.history.Anomaly.RefusedRead;
import io.weir.testsupport.history.Anomaly.SkippedOffsets;
import io.weir.testsupport.history.Anomaly.StartBeforeCommit;
import io.weir.testsupport.history.Anomaly.UncommittedOffset;
import io.weir.testsupport.history.Anomaly.UnsentRead;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One hand-made history for each anomaly, and beside it what only looks like one. */
class HistoryCheckTest {
    /** Three records acknowledged, one behind the other. */
    private static final String THREE_SENDS = """
            send 1 2 ok p 1 t/0 101 0
            send 3 4 ok p 2 t/0 102 1
            send 5 6 ok p 3 t/0 103 2
            """;

    private static final String THREE_READ = """
            poll 21 22 ok c t/0=0:101,102,103
            scan 20 29 ok c t/0 0 3
            """;

    private static Verdict verdict(String... operations) {
        List<String> lines = Stream.of(operations).flatMap(String::lines).toList();
        long count = lines.stream().filter(each -> !each.startsWith("allow")).count();
        return HistoryCheck.of(new HistoryReader(Stream.of(List.of("weir-history 1"), lines, List.of("end " + count))
                        .flatMap(List::stream)
                        .iterator())
                .read());
    }

    private static void assertClean(String... operations) {
        assertThat(verdict(operations).anomalies()).isEmpty();
    }

    private static Anomaly only(String... operations) {
        Verdict verdict = verdict(operations);
        assertThat(verdict.anomalies()).as(verdict.toString()).hasSize(1);
        assertThat(verdict.anomalies().getFirst().shownBy()).isNotEmpty();
        assertThat(verdict.anomalies().getFirst().message()).isNotEmpty();
        return verdict.anomalies().getFirst();
    }

    @Test
    void confirmsWhatAScanHasFound() {
        Verdict verdict = verdict(THREE_SENDS, THREE_READ);

        assertThat(verdict.anomalies()).isEmpty();
        assertThat(verdict.acknowledged()).isEqualTo(3);
        assertThat(verdict.confirmed()).isEqualTo(3);
    }

    @Test
    void confirmsNothingWithoutAScan() {
        assertThat(verdict(THREE_SENDS, "poll 21 22 ok c t/0=0:101,102,103").confirmed())
                .isZero();
    }

    @Test
    void aWriteCutOffTheEndIsLost() {
        assertThat(only(THREE_SENDS, "poll 21 22 ok c t/0=0:101,102", "scan 20 29 ok c t/0 0 2"))
                .isInstanceOfSatisfying(
                        LostWrite.class,
                        lost -> assertThat(lost.write().value()).isEqualTo(103));
    }

    @Test
    void aWriteMissingInTheMiddleIsLostAndItsOffsetSkipped() {
        assertThat(verdict(THREE_SENDS, "poll 21 22 ok c t/0=0:101 t/0=2:103", "scan 20 29 ok c t/0 0 3")
                        .anomalies())
                .hasOnlyElementsOfTypes(LostWrite.class, SkippedOffsets.class)
                .hasSize(2);
    }

    @Test
    void aWriteAcknowledgedWithoutAnOffsetIsLostWhereverItIsNot() {
        assertThat(only("send 1 2 ok p 1 t/0 101 -1", "scan 20 29 ok c t/0 0 0"))
                .isInstanceOf(LostWrite.class);
        assertClean("send 1 2 ok p 1 t/0 101 -1", "poll 21 22 ok c t/0=0:101", "scan 20 29 ok c t/0 0 1");
    }

    @Test
    void aLostWriteIsStillLostWhereRecordsAreTrimmedOrCompacted() {
        String cut = "poll 21 22 ok c t/0=1:102\nscan 20 29 ok c t/0 1 2";

        assertThat(only("allow trimmed t", THREE_SENDS, cut)).isInstanceOf(LostWrite.class);
        assertThat(only("allow compacted t", THREE_SENDS, cut)).isInstanceOf(LostWrite.class);
    }

    @Test
    void nothingIsLostThatWasAcknowledgedWhileTheScanRan() {
        assertClean("send 1 21 ok p 1 t/0 101 0", "scan 20 29 ok c t/0 0 0");
    }

    @Test
    void unknownWritesMayBeThereOrNot() {
        assertClean("send 1 2 unknown p 1 t/0 101 -1", "scan 20 29 ok c t/0 0 0");
        assertClean("send 1 2 unknown p 1 t/0 101 -1", "poll 21 22 ok c t/0=0:101", "scan 20 29 ok c t/0 0 1");
    }

    @Test
    void aRefusedWriteMustNotBeThere() {
        assertThat(only("send 1 2 failed p 1 t/0 101 -1", "poll 21 22 ok c t/0=0:101"))
                .isInstanceOf(RefusedRead.class);
    }

    @Test
    void aRecordTwiceIsADuplicateUnlessItsProducerRepeats() {
        String twice = "poll 21 22 ok c t/0=0:101,102,103,101";

        assertThat(only(THREE_SENDS, twice)).isInstanceOfSatisfying(DuplicateWrite.class, found -> {
            assertThat(found.first().offset()).isZero();
            assertThat(found.second().offset()).isEqualTo(3);
        });
        assertClean("allow repeats p", THREE_SENDS, twice);
    }

    @Test
    void aRecordElsewhereThanAcknowledgedIsADuplicate() {
        assertThat(only("send 1 2 ok p 1 t/0 101 5", "poll 21 22 ok c t/0=3:101"))
                .isInstanceOf(DuplicateWrite.class);
    }

    @Test
    void anOffsetHasOneRecord() {
        String other = "send 1 9 unknown q 1 t/0 201 -1";

        assertThat(only(THREE_SENDS, other, "poll 21 22 ok c t/0=0:101,201,103"))
                .isInstanceOfSatisfying(
                        InconsistentOffset.class,
                        found -> assertThat(found.first().offset()).isEqualTo(1));
        assertThat(only(
                        other,
                        "send 1 9 unknown q 2 t/0 202 -1",
                        "poll 21 22 ok c t/0=0:201",
                        "poll 21 22 ok d t/0=0:202"))
                .isInstanceOf(InconsistentOffset.class);
    }

    @Test
    void anOffsetIsAcknowledgedOnce() {
        assertThat(only("send 1 9 ok p 1 t/0 101 0", "send 1 9 ok q 1 t/0 201 0"))
                .isInstanceOf(InconsistentOffset.class);
    }

    @Test
    void aProducersRecordsAreInTheOrderInWhichItSentThem() {
        String swapped = "send 1 9 ok p 1 t/0 101 1\nsend 2 9 ok p 2 t/0 102 0";

        assertThat(only(swapped)).isInstanceOf(NonMonotonicSend.class);
        assertClean("allow reorders p", swapped);
    }

    @Test
    void aProducersUnknownRecordsAreInOrderTooWhereTheyAreThere() {
        String sends = "send 1 9 unknown p 1 t/0 101 -1\nsend 2 9 ok p 2 t/0 102 0";

        assertThat(only(sends, "poll 21 22 ok c t/0=0:102,101")).isInstanceOf(NonMonotonicSend.class);
    }

    @Test
    void aRecordSentLaterThanAnotherWasAcknowledgedComesBehindIt() {
        assertThat(only("send 1 2 ok p 1 t/0 101 1", "send 3 4 ok q 1 t/0 201 0"))
                .isInstanceOf(NonMonotonicSend.class);
        assertClean("send 1 4 ok p 1 t/0 101 1", "send 3 5 ok q 1 t/0 201 0");
        assertClean("send 1 2 ok p 1 t/0 101 1", "send 3 4 ok q 1 t/1 201 0");
    }

    @Test
    void aConsumerIsNotGivenWhatItHasBehindItUnlessItGoesBack() {
        String first = "poll 21 22 ok c t/0=0:101,102";

        assertThat(only(THREE_SENDS, first, "poll 23 24 ok c t/0=1:102"))
                .isInstanceOfSatisfying(NonMonotonicPoll.class, found -> {
                    assertThat(found.position()).isEqualTo(2);
                    assertThat(found.found()).isEqualTo(1);
                });
        assertClean(THREE_SENDS, first, "seek 23 23 ok c t/0 1", "poll 24 25 ok c t/0=1:102");
        assertClean(THREE_SENDS, first, "revoked 23 23 ok c t/0", "poll 24 25 ok c t/0=1:102");
    }

    @Test
    void aPollIsInOrderWithinItself() {
        assertThat(only(THREE_SENDS, "poll 21 22 ok c t/0=0:101,102 t/0=1:102,103"))
                .isInstanceOf(NonMonotonicPoll.class);
        assertThat(only(THREE_SENDS, "poll 21 22 ok c t/0=0:101 t/0=2:103")).isInstanceOf(SkippedOffsets.class);
    }

    @Test
    void aConsumerIsNotGivenWhatComesBehindARecordItLacks() {
        assertThat(only(THREE_SENDS, "poll 21 22 ok c t/0=0:101", "poll 23 24 ok c t/0=2:103"))
                .isInstanceOfSatisfying(SkippedOffsets.class, found -> {
                    assertThat(found.position()).isEqualTo(1);
                    assertThat(found.next()).isEqualTo(2);
                });
        assertThat(only(THREE_SENDS, "seek 20 20 ok c t/0 0", "poll 21 22 ok c t/0=1:102"))
                .isInstanceOf(SkippedOffsets.class);
    }

    @Test
    void anOffsetThatNobodyEverSawIsSkippedTooUnlessThereAreMarkers() {
        String hole = "poll 21 22 ok c t/0=0:101,102,103 t/0=4:104";
        String fourth = "send 7 8 ok p 4 t/0 104 4";

        assertThat(only(THREE_SENDS, fourth, hole)).isInstanceOf(SkippedOffsets.class);
        assertClean("allow markers t", THREE_SENDS, fourth, hole);
    }

    @Test
    void markersExcuseNoRecordThatAnotherHasSeen() {
        assertThat(only("allow markers t", THREE_SENDS, "poll 21 22 ok c t/0=0:101 t/0=2:103"))
                .isInstanceOf(SkippedOffsets.class);
    }

    @Test
    void compactionExcusesAnyRecord() {
        assertClean("allow compacted t", THREE_SENDS, "poll 21 22 ok c t/0=0:101 t/0=2:103", "scan 20 29 ok c t/0 0 3");
    }

    @Test
    void aTrimExcusesUnlessSomebodyFindsTheRecordsLater() {
        String jump = "poll 21 22 ok c t/0=0:101\npoll 23 24 ok c t/0=2:103";

        assertClean("allow trimmed t", THREE_SENDS, jump);
        assertThat(only("allow trimmed t", THREE_SENDS, jump, "seek 30 30 ok d t/0 1", "poll 31 32 ok d t/0=1:102,103"))
                .isInstanceOf(SkippedOffsets.class);
        assertClean("allow trimmed t", THREE_SENDS, jump, "seek 20 20 ok d t/0 1", "poll 31 32 ok d t/0=1:102,103");
    }

    @Test
    void aScanOfATrimmedPartitionFindsAllFromItsStartOn() {
        String poll = "poll 21 22 ok c t/0=1:102,103";

        assertClean("allow trimmed t", THREE_SENDS, poll, "scan 20 29 ok c t/0 1 3");
        assertThat(verdict("allow trimmed t", THREE_SENDS, poll, "scan 20 29 ok c t/0 0 3")
                        .anomalies())
                .hasOnlyElementsOfTypes(SkippedOffsets.class, LostWrite.class)
                .hasSize(2);
    }

    @Test
    void aScanReachesTheEnd() {
        assertThat(only("send 1 2 unknown p 1 t/0 101 -1", "poll 21 22 ok c t/0=0:101", "scan 20 29 ok c t/0 0 2"))
                .isInstanceOf(SkippedOffsets.class);
    }

    @Test
    void aScanThatDidNotEndWellAccusesNobody() {
        assertClean(THREE_SENDS, "poll 21 22 ok c t/0=1:102", "scan 20 29 unknown c t/0 0 0");
    }

    @Test
    void whatNobodySentIsNotThere() {
        assertThat(only("poll 21 22 ok c t/0=0:999")).isInstanceOf(UnsentRead.class);
        assertThat(only("send 1 2 unknown p 1 t/1 101 -1", "poll 21 22 ok c t/0=0:101"))
                .isInstanceOf(UnsentRead.class);
        assertThat(only("send 30 40 unknown p 1 t/0 101 -1", "poll 21 22 ok c t/0=0:101"))
                .isInstanceOf(UnsentRead.class);
    }

    @Test
    void aMemberGoesOnAtWhatItsGroupHasCommitted() {
        String given = "commit 7 8 ok c g t/0=1\nassigned 20 20 ok d g t/0";

        assertClean(THREE_SENDS, given, "poll 21 22 ok d t/0=1:102");
        assertThat(only(THREE_SENDS, given, "poll 21 22 ok d t/0=0:101")).isInstanceOf(StartBeforeCommit.class);
        assertThat(only(THREE_SENDS, given, "poll 21 22 ok d t/0=2:103")).isInstanceOf(SkippedOffsets.class);
    }

    @Test
    void aMemberGoesOnAtAnyCommitThatMayBeDone() {
        String commits = "commit 7 8 ok c g t/0=1\ncommit 9 30 ok c g t/0=2";
        String assigned = "assigned 20 20 ok d g t/0";

        assertClean(THREE_SENDS, commits, assigned, "poll 21 22 ok d t/0=1:102");
        assertClean(THREE_SENDS, commits, assigned, "poll 21 22 ok d t/0=2:103");
        assertThat(only(THREE_SENDS, commits, assigned, "poll 21 22 ok d t/0=0:101"))
                .isInstanceOf(StartBeforeCommit.class);
    }

    @Test
    void aGroupWithoutACommitBeginsAtTheFirstRecordOrWhereItWants() {
        String late = "assigned 20 20 ok c g t/0\npoll 21 22 ok c t/0=2:103";

        assertThat(only(THREE_SENDS, late)).isInstanceOf(SkippedOffsets.class);
        assertClean("allow from-latest c", THREE_SENDS, late);
        assertClean(THREE_SENDS, "assigned 20 20 ok c g t/0\npoll 21 22 ok c t/0=0:101");
        assertClean("allow trimmed t", THREE_SENDS, late);
    }

    @Test
    void aGroupsOffsetDoesNotGoBack() {
        String commits = "commit 1 2 ok c g t/0=5\ncommit 3 4 ok c g t/0=9";

        assertClean(commits, "fetch 10 11 ok x g t/0=9");
        assertThat(only(commits, "fetch 10 11 ok x g t/0=5"))
                .isInstanceOfSatisfying(
                        GroupOffsetBack.class,
                        found -> assertThat(found.newer().offsets()).containsValue(9L));
        assertThat(only(commits, "fetch 10 11 ok x g t/0=-1")).isInstanceOf(GroupOffsetBack.class);
        assertClean(commits, "fetch 3 11 ok x g t/0=5");
        assertClean(commits, "fetch 10 11 ok x other t/0=-1");
    }

    @Test
    void aMemberMayCommitALowerOffset() {
        assertClean("commit 1 2 ok c g t/0=9", "commit 3 4 ok c g t/0=5", "fetch 10 11 ok x g t/0=5");
    }

    @Test
    void anUnknownCommitMayBeDoneAtAnyTimeOrNever() {
        String commits = "commit 1 2 unknown c g t/0=5\ncommit 3 4 ok c g t/0=9";

        assertClean(commits, "fetch 10 11 ok x g t/0=9", "fetch 12 13 ok x g t/0=5");
    }

    @Test
    void aCommitOnceSeenStaysDone() {
        String commits = "commit 1 2 ok c g t/0=5\ncommit 3 4 unknown c g t/0=9";

        assertClean(commits, "fetch 10 11 ok x g t/0=5", "fetch 12 13 ok x g t/0=9");
        assertThat(only(commits, "fetch 10 11 ok x g t/0=9", "fetch 12 13 ok x g t/0=5"))
                .isInstanceOf(GroupOffsetBack.class);
    }

    @Test
    void aGroupsOffsetIsOneThatWasCommitted() {
        assertThat(only("commit 1 2 ok c g t/0=5", "fetch 10 11 ok x g t/0=4")).isInstanceOf(UncommittedOffset.class);
        assertThat(only("commit 1 2 failed c g t/0=5", "fetch 10 11 ok x g t/0=5"))
                .isInstanceOf(UncommittedOffset.class);
        assertThat(only("fetch 10 11 ok x g t/0=5", "commit 12 13 ok c g t/0=5"))
                .isInstanceOf(UncommittedOffset.class);
    }

    @Test
    void aDeletedOffsetIsNone() {
        String deleted = "commit 1 2 ok c g t/0=5\ncommit 3 4 ok c g t/0=-1";

        assertClean(deleted, "fetch 10 11 ok x g t/0=-1");
        assertThat(only(deleted, "fetch 10 11 ok x g t/0=5")).isInstanceOf(GroupOffsetBack.class);
    }

    @Test
    void refusesWhatCannotBeAHistory() {
        assertThatThrownBy(() -> verdict("send 1 2 ok p 1 t/0 101 0", "send 1 2 ok p 2 t/0 101 1"))
                .hasMessageContaining("Value 101 was sent twice");
        assertThatThrownBy(() -> verdict("send 1 2 ok p 1 t/0 101 0", "send 1 2 ok p 1 t/0 102 1"))
                .hasMessageContaining("sequence number 1 twice");
        assertThatThrownBy(() -> verdict("scan 1 9 ok c t/0 0 0", "scan 2 8 ok c t/0 0 0"))
                .hasMessageContaining("Two scans");
    }

    @Test
    void saysWhatItFoundAndWhatShowsIt() {
        assertThat(verdict(THREE_SENDS, "poll 21 22 ok c t/0=0:101,102", "scan 20 29 ok c t/0 0 2")
                        .toString())
                .contains("{LostWrite=1}; 2 of 3 acknowledged writes confirmed")
                .contains("send 5 6 ok p 3 t/0 103 2")
                .contains("scan 20 29 ok c t/0 0 2");
    }
}
