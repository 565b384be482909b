package io.weir.wal.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.segment.ShardSegments.Replacement;
import io.weir.contracts.segment.ShardSegments.RetiredObject;
import io.weir.contracts.usage.IngressUsage;
import io.weir.wal.Batches;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.DecodedEntry;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.StreamRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ShardStateTest {
    private static final ProducerLimits LIMITS = new ProducerLimits(3, 5, 10_000, 1_000);

    private ShardState state = new ShardState(new ShardId(0));
    private final List<TailEntry> added = new ArrayList<>();
    private final List<TailEntry> flushed = new ArrayList<>();
    private long index;
    private long now = 1_000_000;
    private long session;
    private long sequence;

    @BeforeEach
    void openSessionAndStreams() {
        session = openSession(Command.NO_SESSION);
        open(1, 100, 10, 0);
    }

    @Test
    void assignsOffsetsPerStream() {
        assertThat(append(100, Batches.plain(3, 8, 1))).isEqualTo("COMMITTED 0");
        assertThat(append(101, Batches.plain(2, 8, 2))).isEqualTo("COMMITTED 0");
        assertThat(append(100, Batches.plain(1, 8, 3))).isEqualTo("COMMITTED 3");
        assertThat(state.streams().next(state.streams().find(100))).isEqualTo(4);
    }

    @Test
    void refusesStreamsThatAreNotOpen() {
        assertThat(append(99, Batches.plain(1, 8, 1))).startsWith("UNKNOWN_STREAM");
        assertThat(append(110, Batches.plain(1, 8, 1))).startsWith("UNKNOWN_STREAM");
        assertThat(added).isEmpty();
    }

    @Test
    void sendsAnotherIncarnationAway() {
        assertThat(append(100, 1, Batches.plain(1, 8, 1))).isEqualTo("MOVED 0");
    }

    @Test
    void refusesBatchesThatCannotBeStored() {
        RecordBatch batch = Batches.plain(1, 8, 1);

        assertThat(append(100, Batches.withAttributes(batch, 0x10))).startsWith("INVALID");
        assertThat(append(100, Batches.withAttributes(batch, 0x20))).startsWith("INVALID");
        assertThat(append(100, Batches.batch(5, (short) -1, 0, 1, 8, 1))).startsWith("INVALID");
        assertThat(append(100, Batches.batch(5, (short) 0, -1, 1, 8, 1))).startsWith("INVALID");
        assertThat(append(100, Batches.plain(0, 8, 1))).startsWith("INVALID");
    }

    @Test
    void answersRepeatsOfTheLastFiveBatchesAsDuplicates() {
        for (int i = 0; i < 6; i++) {
            assertThat(append(100, Batches.batch(7, (short) 0, i * 2, 2, 8, i))).isEqualTo("COMMITTED " + i * 2);
        }

        for (int i = 1; i < 6; i++) {
            assertThat(append(100, Batches.batch(7, (short) 0, i * 2, 2, 8, i))).isEqualTo("DUPLICATE " + i * 2);
        }
        assertThat(append(100, Batches.batch(7, (short) 0, 0, 2, 8, 0))).isEqualTo("DUPLICATE -1");
        assertThat(append(100, Batches.batch(7, (short) 0, 12, 1, 8, 0))).isEqualTo("COMMITTED 12");
    }

    @Test
    void whatWasAppendedInAnEarlierEpochOrNotAtAllIsNoRepeat() {
        for (int i = 0; i < 6; i++) {
            append(100, Batches.batch(7, (short) 0, i, 1, 8, i));
        }
        assertThat(append(100, Batches.batch(7, (short) 0, 4, 3, 8, 0))).startsWith("OUT_OF_ORDER");
        for (int i = 0; i < 6; i++) {
            append(100, Batches.batch(7, (short) 1, i, 1, 8, i));
        }
        assertThat(append(100, Batches.batch(7, (short) 1, 0, 1, 8, 0))).isEqualTo("DUPLICATE -1");
        assertThat(append(100, Batches.batch(7, (short) 0, 0, 1, 8, 0))).startsWith("FENCED");
    }

    @Test
    void aPartOfABatchThatIsRememberedIsNoRepeat() {
        append(100, Batches.batch(7, (short) 0, 0, 10, 8, 0));
        append(100, Batches.batch(7, (short) 0, 10, 10, 8, 0));

        assertThat(append(100, Batches.batch(7, (short) 0, 0, 3, 8, 0))).startsWith("OUT_OF_ORDER");
        assertThat(append(100, Batches.batch(7, (short) 0, 10, 3, 8, 0))).startsWith("OUT_OF_ORDER");
        for (int i = 20; i < 24; i++) {
            append(100, Batches.batch(7, (short) 0, i, 1, 8, 0));
        }
        assertThat(append(100, Batches.batch(7, (short) 0, 0, 3, 8, 0))).isEqualTo("DUPLICATE -1");
        assertThat(append(100, Batches.batch(7, (short) 0, 8, 3, 8, 0))).startsWith("OUT_OF_ORDER");
    }

    @Test
    void whatComesBeforeTheFirstBatchOfAForgottenProducerIsNoRepeat() {
        append(101, Batches.batch(7, (short) 0, 0, 1, 8, 0));
        apply(new Command.DeleteStreams(2, List.of(new Command.StreamSpan(101, 1))));
        for (int i = 41; i < 47; i++) {
            assertThat(append(100, Batches.batch(7, (short) 0, i, 1, 8, i))).startsWith("COMMITTED");
        }

        assertThat(append(100, Batches.batch(7, (short) 0, 41, 1, 8, 0))).isEqualTo("DUPLICATE -1");
        assertThat(append(100, Batches.batch(7, (short) 0, 40, 1, 8, 0))).startsWith("OUT_OF_ORDER");
        assertThat(append(100, Batches.batch(7, (short) 0, 40, 2, 8, 0))).startsWith("OUT_OF_ORDER");
    }

    @Test
    void refusesGapsInAProducersSequence() {
        append(100, Batches.batch(7, (short) 0, 0, 2, 8, 0));

        assertThat(append(100, Batches.batch(7, (short) 0, 3, 1, 8, 0))).startsWith("OUT_OF_ORDER");
        assertThat(append(100, Batches.batch(7, (short) 0, 2, 1, 8, 0))).isEqualTo("COMMITTED 2");
    }

    @Test
    void theFirstBatchOfANewProducerMustBeItsFirst() {
        assertThat(append(100, Batches.batch(7, (short) 3, 2, 1, 8, 0))).startsWith("OUT_OF_ORDER");
        assertThat(append(100, Batches.batch(7, (short) 3, 0, 2, 8, 0))).isEqualTo("COMMITTED 0");
        assertThat(append(100, Batches.batch(7, (short) 3, 2, 1, 8, 0))).isEqualTo("COMMITTED 2");
        assertThat(append(101, Batches.batch(7, (short) 3, 2, 1, 8, 0))).startsWith("OUT_OF_ORDER");
    }

    @Test
    void acceptsAnyFirstSequenceOfAProducerThatMayHaveBeenForgotten() {
        append(100, Batches.batch(7, (short) 0, 0, 1, 8, 0));
        now += LIMITS.expiryMs();
        append(101, Batches.plain(1, 8, 0));

        assertThat(append(101, Batches.batch(8, (short) 0, 41, 2, 8, 0))).startsWith("OUT_OF_ORDER");
        assertThat(append(101, Batches.batch(7, (short) 3, 41, 2, 8, 0))).isEqualTo("COMMITTED 1");
        assertThat(append(102, Batches.batch(6, (short) 3, 43, 2, 8, 0))).isEqualTo("COMMITTED 0");
    }

    @Test
    void aDeletedStreamsProducersMayGoOnInAnother() {
        append(100, Batches.batch(7, (short) 0, 0, 5, 8, 0));
        apply(new Command.DeleteStreams(2, List.of(new Command.StreamSpan(100, 1))));

        assertThat(append(101, Batches.batch(7, (short) 0, 5, 2, 8, 0))).isEqualTo("COMMITTED 0");
    }

    @Test
    void acceptsAnyFirstSequenceInALogThatBeganWithoutTheRule() {
        state = new ShardState(new ShardId(0));
        apply(new Command.OpenSession(Command.NO_SESSION, LIMITS, false));
        open(1, 100, 10, 0);
        session = openSession(Command.NO_SESSION);
        sequence = 0;

        assertThat(append(100, Batches.batch(7, (short) 0, 41, 1, 8, 0))).isEqualTo("COMMITTED 0");
    }

    @Test
    void fencesOlderEpochsAndWantsSequenceZeroOfNewOnes() {
        append(100, Batches.batch(7, (short) 1, 0, 1, 8, 0));

        assertThat(append(100, Batches.batch(7, (short) 0, 1, 1, 8, 0))).startsWith("FENCED");
        assertThat(append(100, Batches.batch(7, (short) 2, 1, 1, 8, 0))).startsWith("OUT_OF_ORDER");
        assertThat(append(100, Batches.batch(7, (short) 2, 0, 1, 8, 0))).isEqualTo("COMMITTED 1");
        assertThat(append(100, Batches.batch(7, (short) 1, 1, 1, 8, 0))).startsWith("FENCED");
    }

    @Test
    void sequencesWrapAroundAfterTheLargest() {
        append(101, Batches.batch(7, (short) 0, 0, 1, 8, 0));
        apply(new Command.DeleteStreams(2, List.of(new Command.StreamSpan(101, 1))));
        append(100, Batches.batch(7, (short) 0, Integer.MAX_VALUE - 1, 3, 8, 0));

        assertThat(append(100, Batches.batch(7, (short) 0, Integer.MAX_VALUE - 1, 3, 8, 0)))
                .isEqualTo("DUPLICATE 0");
        assertThat(append(100, Batches.batch(7, (short) 0, 1, 1, 8, 0))).isEqualTo("COMMITTED 3");
    }

    @Test
    void refusesOneProducerMoreThanAStreamMayHave() {
        for (int producer = 0; producer < LIMITS.perStream(); producer++) {
            assertThat(append(100, Batches.batch(producer, (short) 0, 0, 1, 8, 0)))
                    .startsWith("COMMITTED");
        }

        assertThat(append(100, Batches.batch(99, (short) 0, 0, 1, 8, 0))).startsWith("PRODUCERS_FULL");
        assertThat(append(101, Batches.batch(99, (short) 0, 0, 1, 8, 0))).startsWith("COMMITTED");
    }

    @Test
    void refusesOneProducerMoreThanTheShardMayHave() {
        for (int producer = 0; producer < LIMITS.perShard(); producer++) {
            assertThat(append(100 + producer, Batches.batch(producer, (short) 0, 0, 1, 8, 0)))
                    .startsWith("COMMITTED");
        }

        assertThat(append(109, Batches.batch(99, (short) 0, 0, 1, 8, 0))).startsWith("PRODUCERS_FULL");
        assertThat(append(109, Batches.plain(1, 8, 0))).startsWith("COMMITTED");
    }

    @Test
    void makesRoomByForgettingTheProducerThatWasIdleForLongest() {
        for (int producer = 0; producer < LIMITS.perStream(); producer++) {
            append(100, Batches.batch(producer, (short) 0, 0, 1, 8, 0));
        }
        append(100, Batches.batch(0, (short) 0, 1, 1, 8, 0));
        now += LIMITS.evictableMs();

        assertThat(append(100, Batches.batch(99, (short) 0, 0, 1, 8, 0))).startsWith("COMMITTED");
        assertThat(append(100, Batches.batch(0, (short) 0, 0, 1, 8, 0))).startsWith("DUPLICATE");
        assertThat(state.producerCount()).isEqualTo(LIMITS.perStream());
    }

    @Test
    void forgetsProducersByEntryTime() {
        append(100, Batches.batch(7, (short) 5, 0, 1, 8, 0));
        now += LIMITS.expiryMs();

        append(101, Batches.plain(1, 8, 0));

        assertThat(state.producerCount()).isZero();
        assertThat(append(100, Batches.batch(7, (short) 0, 33, 1, 8, 0))).isEqualTo("COMMITTED 1");
    }

    @Test
    void timeNeverRunsBackwards() {
        append(100, Batches.plain(1, 8, 0));
        long before = state.timeMs();
        now -= 500;

        append(100, Batches.plain(1, 8, 0));

        assertThat(state.timeMs()).isEqualTo(before);
    }

    @Test
    void answersARepeatedEntryFromTheSessionsWindow() {
        Reply first = appendEntry(session, 0, 100, Batches.plain(1, 8, 1));
        for (int i = 1; i < SessionTable.WINDOW; i++) {
            appendEntry(session, i, 100, Batches.plain(1, 8, 1));
        }

        assertThat(appendEntry(session, 0, 100, Batches.plain(1, 8, 1))).isSameAs(first);
        appendEntry(session, SessionTable.WINDOW, 100, Batches.plain(1, 8, 1));
        assertThat(appendEntry(session, 0, 100, Batches.plain(1, 8, 1))).isInstanceOf(Reply.OutOfSession.class);
    }

    @Test
    void refusesGapsAndUnknownSessions() {
        assertThat(appendEntry(session, 1, 100, Batches.plain(1, 8, 1))).isInstanceOf(Reply.OutOfSession.class);
        assertThat(appendEntry(session + 1000, 0, 100, Batches.plain(1, 8, 1))).isInstanceOf(Reply.OutOfSession.class);
        assertThat(added).isEmpty();
    }

    @Test
    void aReplacedSessionAcceptsNothingAndTellsWhatItApplied() {
        appendEntry(session, 0, 100, Batches.plain(4, 8, 1));

        for (int attempt = 0; attempt < 2; attempt++) {
            Reply.SessionOpened opened = (Reply.SessionOpened) apply(new Command.OpenSession(session, LIMITS));
            assertThat(opened.previous().known()).isTrue();
            assertThat(opened.previous().applied(0)).isTrue();
            assertThat(opened.previous().applied(1)).isFalse();
            assertThat(opened.previous().reply(0)).isNotNull();
            assertThat(opened.previous().reply(1)).isNull();
        }
        assertThat(appendEntry(session, 1, 100, Batches.plain(1, 8, 1))).isInstanceOf(Reply.OutOfSession.class);
    }

    @Test
    void forgetsTheOpenSessionUsedLeastRecentlyWhenThereIsOneTooMany() {
        for (int i = 0; i < SessionTable.MAX_OPEN - 1; i++) {
            openSession(Command.NO_SESSION);
        }
        assertThat(appendEntry(session, 0, 100, Batches.plain(1, 8, 1))).isInstanceOf(Reply.Appended.class);
        for (int i = 0; i < SessionTable.MAX_OPEN - 1; i++) {
            openSession(Command.NO_SESSION);
        }
        assertThat(appendEntry(session, 1, 100, Batches.plain(1, 8, 1))).isInstanceOf(Reply.Appended.class);
        for (int i = 0; i < SessionTable.MAX_OPEN; i++) {
            openSession(Command.NO_SESSION);
        }

        assertThat(appendEntry(session, 2, 100, Batches.plain(1, 8, 1))).isInstanceOf(Reply.OutOfSession.class);
    }

    @Test
    void whoReplacesItsSessionAgainAndAgainPushesOutNoOthers() {
        long idle = session;
        long replaced = openSession(Command.NO_SESSION);

        for (int i = 0; i < 10 * SessionTable.MAX_OPEN; i++) {
            replaced = openSession(replaced);
        }

        assertThat(appendEntry(idle, 0, 100, Batches.plain(1, 8, 1))).isInstanceOf(Reply.Appended.class);
        assertThat(appendEntry(replaced, 0, 100, Batches.plain(1, 8, 1))).isInstanceOf(Reply.Appended.class);
    }

    @Test
    void forgetsTheReplacedSessionUsedLeastRecentlyWhenThereIsOneTooMany() {
        long first = session;
        long replaced = openSession(first);
        for (int i = 0; i < SessionTable.MAX_REPLACED - 1; i++) {
            replaced = openSession(replaced);
        }
        assertThat(previousOf(first).known()).isTrue();
        for (int i = 0; i < SessionTable.MAX_REPLACED; i++) {
            replaced = openSession(replaced);
        }

        assertThat(previousOf(first).known()).isFalse();
    }

    private PreviousSession previousOf(long replaced) {
        return ((Reply.SessionOpened) apply(new Command.OpenSession(replaced, LIMITS))).previous();
    }

    @Test
    void refusesReconcilersWithAnOlderImage() {
        open(5, 200, 1, 0);

        assertThat(apply(new Command.OpenStreams(4, List.of(range(300, 1, 0))))).isEqualTo(new Reply.Stale(5));
        assertThat(apply(new Command.DeleteStreams(4, List.of(new Command.StreamSpan(200, 1)))))
                .isEqualTo(new Reply.Stale(5));
        assertThat(append(200, Batches.plain(1, 8, 1))).startsWith("COMMITTED");
        assertThat(append(300, Batches.plain(1, 8, 1))).startsWith("UNKNOWN_STREAM");
    }

    @Test
    void aDeletedStreamLeavesNothingBehind() {
        append(100, Batches.batch(7, (short) 0, 0, 1, 8, 0));
        append(105, Batches.batch(7, (short) 0, 0, 1, 8, 0));

        apply(new Command.DeleteStreams(2, List.of(new Command.StreamSpan(0, Long.MAX_VALUE / 2))));

        assertThat(state.streams().size()).isZero();
        assertThat(state.producerCount()).isZero();
        assertThat(append(100, Batches.plain(1, 8, 1))).startsWith("UNKNOWN_STREAM");
    }

    @Test
    void aFlushBeginsRightBehindTheOneBeforeAndEndsBeforeItsOwnEntry() {
        append(100, Batches.plain(2, 8, 1));
        append(100, Batches.plain(1, 8, 2));
        long last = index - 1;

        assertThat(apply(flush(1, last, "a"))).isEqualTo(new Reply.Flushed(false, -1));
        assertThat(apply(flush(0, last + 99, "a"))).isEqualTo(new Reply.Flushed(false, -1));
        assertThat(apply(flush(0, last, "a"))).isEqualTo(new Reply.Flushed(true, last));
        assertThat(apply(flush(0, last, "a"))).isEqualTo(new Reply.Flushed(false, last));
        assertThat(state.streams().flushedNext(state.streams().find(100))).isEqualTo(3);
        assertThat(state.unflushedBytes()).isZero();
        assertThat(flushed).hasSize(2);
        assertThat(state.view().segments()).hasSize(1);
    }

    @Test
    void aTrimOnlyRaisesTheLogStart() {
        append(100, Batches.plain(5, 8, 1));

        assertThat(trim(true, 100, 3)).isEqualTo(new Reply.Trimmed(OptionalLong.of(3)));
        assertThat(trim(true, 100, 1)).isEqualTo(new Reply.Trimmed(OptionalLong.of(3)));
        assertThat(trim(true, 100, 6)).isEqualTo(new Reply.BeyondEnd(5));
        assertThat(trim(false, 100, 6)).isEqualTo(new Reply.Trimmed(OptionalLong.of(5)));
        assertThat(trim(true, 99, 0)).isEqualTo(new Reply.Trimmed(OptionalLong.empty()));
        assertThat(trim(true, 101, 0)).isEqualTo(new Reply.Trimmed(OptionalLong.of(0)));
        assertThat(trim(true, 101, 1)).isEqualTo(new Reply.BeyondEnd(0));
    }

    @Test
    void aCompactionNeedsItsIntentAndAllInputs() {
        append(100, Batches.plain(1, 8, 1));
        apply(flush(0, index - 1, "in"));
        Replacement replacement = new Replacement(
                List.of(new ObjectKey("in")), List.of(), List.of(segment("out", 0, 5)), List.of(), keys("in"));

        assertThat(apply(new Command.ReplaceRanges(1, replacement))).isEqualTo(new Reply.Replaced(false));
        apply(new Command.AnnounceCompaction(new CompactionIntent(1, keys("out", "unused"))));
        Replacement wrongInput =
                new Replacement(keys("in", "other"), List.of(), List.of(segment("out", 0, 5)), List.of(), keys("in"));
        assertThat(apply(new Command.ReplaceRanges(1, wrongInput))).isEqualTo(new Reply.Replaced(false));
        Replacement unannounced =
                new Replacement(keys("in"), List.of(), List.of(segment("stray", 0, 5)), List.of(), keys("in"));
        assertThat(apply(new Command.ReplaceRanges(1, unannounced))).isEqualTo(new Reply.Replaced(false));

        assertThat(apply(new Command.ReplaceRanges(1, replacement))).isEqualTo(new Reply.Replaced(true));
        assertThat(state.view().segments()).containsExactly(segment("out", 0, 5));
        assertThat(state.intents()).isEmpty();
        assertThat(state.retired()).extracting(RetiredObject::key).containsExactlyElementsOf(keys("in", "unused"));
        assertThat(apply(new Command.ReplaceRanges(1, replacement))).isEqualTo(new Reply.Replaced(false));
    }

    @Test
    void aSegmentThatMovesIntoAManifestStaysAlive() {
        append(100, Batches.plain(1, 8, 1));
        apply(flush(0, index - 1, "in"));
        apply(new Command.AnnounceCompaction(new CompactionIntent(1, keys("manifest"))));
        ManifestRef manifest = new ManifestRef(new ObjectKey("manifest"), new LogRange(0, 2), 10, 1, 1, 100, 0);

        apply(new Command.ReplaceRanges(
                1, new Replacement(keys("in"), List.of(), List.of(), List.of(manifest), List.of())));

        assertThat(state.view().manifests()).containsExactly(manifest);
        assertThat(state.view().segments()).isEmpty();
        assertThat(state.retired()).isEmpty();
    }

    @Test
    void anAbortedCompactionRetiresItsOutputsAndForgettingEndsIt() {
        apply(new Command.AnnounceCompaction(new CompactionIntent(1, keys("a", "b"))));

        apply(new Command.AbortCompaction(1));
        apply(new Command.AbortCompaction(2));
        assertThat(state.retired()).extracting(RetiredObject::key).containsExactlyElementsOf(keys("a", "b"));

        apply(new Command.ForgetObjects(keys("a", "c")));
        assertThat(state.retired()).extracting(RetiredObject::key).containsExactlyElementsOf(keys("b"));
    }

    @Test
    void refusesOneIntentMoreThanAllowed() {
        for (int i = 0; i < SegmentCatalog.MAX_INTENTS; i++) {
            assertThat(apply(new Command.AnnounceCompaction(new CompactionIntent(i, keys("o" + i)))))
                    .isInstanceOf(Reply.Done.class);
        }

        assertThat(apply(new Command.AnnounceCompaction(new CompactionIntent(-1, keys("x")))))
                .isInstanceOf(Reply.Refused.class);
        assertThat(apply(new Command.AnnounceCompaction(new CompactionIntent(0, keys("o0")))))
                .isInstanceOf(Reply.Done.class);
    }

    @Test
    void countsIngressOfAppliedBatchesOnce() {
        RecordBatch batch = Batches.batch(7, (short) 0, 0, 3, 100, 0);
        append(100, batch);
        append(100, batch);
        append(99, batch);

        assertThat(state.ingress()).containsExactly(new IngressUsage(TenantId.DEFAULT, 1, 3, batch.sizeBytes()));
    }

    @Test
    void offsetsBeyondTwoToTheThirtyFirstSurviveFlushTrimAndSnapshot() throws Exception {
        // Given: a stream far beyond 2³¹
        for (int i = 0; i < 5; i++) {
            append(100, Batches.plain(Integer.MAX_VALUE, 8, i));
        }
        long end = 5L * Integer.MAX_VALUE;
        apply(flush(0, index - 1, "a"));

        // When
        trim(true, 100, end - 1);
        ShardState restored = SnapshotCodecTest.copy(state);

        // Then
        int row = restored.streams().find(100);
        assertThat(restored.streams().next(row)).isEqualTo(end);
        assertThat(restored.streams().flushedNext(row)).isEqualTo(end);
        assertThat(restored.streams().logStart(row)).isEqualTo(end - 1);
    }

    private long openSession(long previous) {
        return ((Reply.SessionOpened) apply(new Command.OpenSession(previous, LIMITS))).session();
    }

    private void open(long version, long first, long count, int incarnation) {
        assertThat(apply(new Command.OpenStreams(version, List.of(range(first, count, incarnation)))))
                .isInstanceOf(Reply.Done.class);
    }

    private static StreamRange range(long first, long count, int incarnation) {
        return new StreamRange(first, count, incarnation, TenantId.DEFAULT);
    }

    private Reply trim(boolean strict, long stream, long offset) {
        return apply(new Command.Trim(strict, List.of(new Command.TrimPoint(new StreamId(stream), offset))));
    }

    private static Command flush(long from, long upTo, String key) {
        return new Command.SegmentsCommitted(new LogRange(from, upTo), Optional.of(segment(key, from, upTo)));
    }

    private static SegmentRef segment(String key, long from, long upTo) {
        return new SegmentRef(new ObjectKey(key), new LogRange(from, upTo), 100, 10, 1, 2, 0);
    }

    private static List<ObjectKey> keys(String... keys) {
        List<ObjectKey> list = new ArrayList<>();
        for (String key : keys) {
            list.add(new ObjectKey(key));
        }
        return list;
    }

    private String append(long stream, RecordBatch batch) {
        return append(stream, 0, batch);
    }

    private String append(long stream, int incarnation, RecordBatch batch) {
        Reply reply = appendEntry(session, sequence++, stream, incarnation, batch);
        Reply.Appended appended = (Reply.Appended) reply;
        return appended.outcome(0) + " " + appended.offset(0);
    }

    private Reply appendEntry(long session, long sequence, long stream, RecordBatch batch) {
        return appendEntry(session, sequence, stream, 0, batch);
    }

    private Reply appendEntry(long session, long sequence, long stream, int incarnation, RecordBatch batch) {
        AppendEncoder encoder = EntryCodec.append(now, session, sequence);
        encoder.add(stream, incarnation, batch);
        DecodedEntry.Entry entry = (DecodedEntry.Entry) EntryCodec.decode(encoder.encode());
        LogPosition position = new LogPosition(1, index++);
        state.advance(position, now);
        return state.append(position, (Command.Append) entry.command(), added::add);
    }

    private Reply apply(Command command) {
        LogPosition position = new LogPosition(1, index++);
        state.advance(position, now);
        return switch (command) {
            case Command.Append append -> state.append(position, append, added::add);
            case Command.OpenSession open -> state.openSession(position, open);
            case Command.OpenStreams open -> state.openStreams(open);
            case Command.DeleteStreams delete -> state.deleteStreams(delete, row -> {});
            case Command.SegmentsCommitted committed -> state.segmentsCommitted(committed, flushed::add);
            case Command.Trim trim -> state.trim(trim);
            case Command.AnnounceCompaction announce -> state.announce(announce);
            case Command.AbortCompaction abort -> state.abort(abort);
            case Command.ReplaceRanges replace -> state.replace(replace);
            case Command.ForgetObjects forget -> state.forget(forget);
            case Command.SealStreams seal -> state.seal(seal);
            case Command.ReceiveStream receive -> state.receive(receive);
            case Command.ReleaseStreams release -> state.release(release, stream -> {});
            case Command.UnsealStreams unseal -> state.unseal(unseal);
            case Command.CancelMove cancel -> state.cancel(cancel, stream -> {});
            case Command.ForgetStreams forget -> state.forget(forget);
        };
    }
}
