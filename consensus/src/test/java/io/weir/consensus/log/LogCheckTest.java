package io.weir.consensus.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.seed.LongRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogCheckTest {
    private static final int MUTATIONS = 200;

    @TempDir
    private Path directory;

    /** Entries 1 to 3, of which 3 was submitted when the log was fsynced up to an index; entry 2 is damaged. */
    private Path damagedAtTwo(long syncedBeforeThree) throws IOException {
        LogWriter log = new LogWriter().own(1, 0).entry(1, 1, 0, "one");
        int damage = log.size() + 12;
        byte[] bytes = log.entry(1, 2, 1, "two two two")
                .entry(1, 3, syncedBeforeThree, "three")
                .bytes();
        bytes[damage] ^= 1;
        return Files.write(SegmentFile.openPath(directory, 0), bytes);
    }

    private void assertCorrupt(Path file) {
        assertThatThrownBy(() -> LogCheck.run(directory, LogPosition.NONE))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("offset")
                .hasMessageContaining("weir restore");
    }

    @Test
    void acceptsAWholeLog() throws Exception {
        new LogWriter().own(1, 0).entry(1, 1, 0, "one").closed(directory, 0, 1);
        new LogWriter().own(2, 2).entry(2, 3, 2, "three").zeros(5000).open(directory, 2);

        LogCheck.Report report = LogCheck.run(directory, LogPosition.NONE);

        assertThat(report.next()).isEqualTo(4);
        assertThat(report.term()).isEqualTo(2);
        assertThat(report.cutBytes()).isZero();
    }

    @Test
    void acceptsAnEmptyOrMissingLog() throws Exception {
        assertThat(LogCheck.run(directory, LogPosition.NONE).next()).isZero();
        assertThat(LogCheck.run(directory.resolve("missing"), new LogPosition(1, 7))
                        .next())
                .isEqualTo(8);
    }

    @Test
    void cutsOffAnUnsyncedWriteOfWhichTheMiddleIsMissing() throws Exception {
        Path file = damagedAtTwo(1);
        assertThat(LogCheck.run(directory, LogPosition.NONE).next()).isEqualTo(2);
        assertThat(Files.size(file))
                .isEqualTo(new LogWriter().own(1, 0).entry(1, 1, 0, "one").size());
    }

    @Test
    void refusesADamagedEntryThatALaterOneKnewToBeSynced() throws Exception {
        assertCorrupt(damagedAtTwo(2));
    }

    /** A replica among several, which keeps a doubt in a file. */
    private LogCheck.Report runAmongSeveral() throws IOException {
        return LogCheck.run(directory, LogPosition.NONE, false, doubt -> {
            doubt.keepIn(doubt());
            return true;
        });
    }

    private Path doubt() {
        return directory.resolve("doubt");
    }

    @Test
    void givesUpADamagedEntryThatOthersHaveAndKeepsHowFarTheLogWent() throws Exception {
        Path file = damagedAtTwo(2);

        LogCheck.Report report = runAmongSeveral();

        assertThat(report.next()).isEqualTo(2);
        assertThat(Files.size(file))
                .isEqualTo(new LogWriter().own(1, 0).entry(1, 1, 0, "one").size());
        assertThat(Doubt.in(doubt())).contains(new Doubt(1, 3));
        // And nothing is in doubt about what is left
        assertThat(runAmongSeveral().cutBytes()).isZero();
        assertThat(Doubt.in(doubt())).contains(new Doubt(1, 3));
    }

    @Test
    void aTornWriteThatNothingBehindItKnewToBeSyncedIsNoDoubt() throws Exception {
        damagedAtTwo(1);
        assertThat(runAmongSeveral().next()).isEqualTo(2);
        assertThat(doubt()).doesNotExist();
    }

    @Test
    void theLastSoundEntryBehindSeveralDamagedOnesIsInDoubt() throws Exception {
        LogWriter log = new LogWriter().own(1, 0).entry(1, 1, 0, "one");
        int first = log.size() + 12;
        int second = log.entry(1, 2, 1, "two two two").entry(1, 3, 1, "three").size() + 12;
        byte[] bytes = log.entry(1, 4, 3, "four four four")
                .own(2, 5)
                .entry(2, 6, 1, "six")
                .zeros(9000)
                .bytes();
        bytes[first] ^= 1;
        bytes[second] ^= 1;
        Files.write(SegmentFile.openPath(directory, 0), bytes);

        assertThat(runAmongSeveral().next()).isEqualTo(2);
        assertThat(Doubt.in(doubt())).contains(new Doubt(2, 6));
    }

    @Test
    void anEntryOfTheGroupsOwnBehindADamagedOneIsADoubt() throws Exception {
        LogWriter log = new LogWriter().own(1, 0);
        int damage = log.size() + 12;
        byte[] bytes = log.entry(1, 1, 0, "one one one").own(2, 2).bytes();
        bytes[damage] ^= 1;
        Files.write(SegmentFile.openPath(directory, 0), bytes);

        assertThat(runAmongSeveral().next()).isEqualTo(1);
        assertThat(Doubt.in(doubt())).contains(new Doubt(2, 2));
    }

    @Test
    void whatADamagedEntryHoldsIsNotTakenForAnEntryOfThisLog() throws Exception {
        byte[] other =
                new LogWriter().entry(9, 1_000_000, 999_999, "of another log").bytes();
        String held =
                new String(other, SegmentFile.HEADER.length, other.length - SegmentFile.HEADER.length, ISO_8859_1);
        LogWriter log = new LogWriter().own(1, 0);
        int damage = log.size() + 12;
        byte[] bytes = log.entry(1, 1, 0, "begin" + held, ISO_8859_1).bytes();
        bytes[damage] ^= 1;
        Files.write(SegmentFile.openPath(directory, 0), bytes);

        assertThat(runAmongSeveral().next()).isEqualTo(1);
        assertThat(doubt()).doesNotExist();
    }

    @Test
    void theLaterOfTwoDoubtsIsKept() throws Exception {
        new Doubt(2, 1).keepIn(doubt());
        damagedAtTwo(2);
        runAmongSeveral();
        assertThat(Doubt.in(doubt())).contains(new Doubt(2, 1));

        new Doubt(2, 5).keepIn(doubt());
        assertThat(Doubt.in(doubt())).contains(new Doubt(2, 5));
    }

    @Test
    void theLogIsWholeWhileItsDoubtIsNotKept() throws Exception {
        Path file = damagedAtTwo(2);
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> LogCheck.run(directory, LogPosition.NONE, false, doubt -> {
                    throw new IOException("The power is gone");
                }))
                .hasMessage("The power is gone");
        assertThat(file).hasBinaryContent(before);

        // And when it was kept, and the power went before the cut
        assertThatThrownBy(() -> LogCheck.run(directory, LogPosition.NONE, false, doubt -> {
                    doubt.keepIn(doubt());
                    throw new IOException("The power is gone");
                }))
                .hasMessage("The power is gone");
        assertThat(file).hasBinaryContent(before);
        assertThat(runAmongSeveral().next()).isEqualTo(2);
        assertThat(Doubt.in(doubt())).contains(new Doubt(1, 3));
    }

    @Test
    void aDoubtThatCannotBeReadIsRefused() throws Exception {
        assertThat(Doubt.in(doubt())).isEmpty();
        for (String text : new String[] {"", "1", "1 2", "1 2 3\n", "-1 2\n", "1 1234567890123456789\n", "one two\n"}) {
            Files.writeString(doubt(), text);
            assertThatThrownBy(() -> Doubt.in(doubt()))
                    .isInstanceOfSatisfying(
                            ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT))
                    .hasMessageContaining(doubt().toString());
        }
        Doubt.end(doubt());
        Doubt.end(doubt());
        assertThat(Doubt.in(doubt())).isEmpty();
    }

    /** The library deletes the closed segments first, then the open one, and then shortens one that stays. */
    @Test
    void endsATruncationThatLeftTheOpenSegmentBehindAGap() throws Exception {
        new LogWriter().own(1, 0).entry(1, 1, 0, "one").closed(directory, 0, 1);
        Path open = new LogWriter().entry(1, 5, 4, "five").entry(1, 6, 5, "six").open(directory, 5);

        // One that nobody else has is not truncated
        assertCorrupt(open);

        assertThat(runAmongSeveral().next()).isEqualTo(2);
        assertThat(open).doesNotExist();
        assertThat(Doubt.in(doubt())).contains(new Doubt(1, 6));
        assertThat(runAmongSeveral().cutBytes()).isZero();
    }

    @Test
    void endsATruncationThatShortenedASegmentAndDidNotRenameIt() throws Exception {
        Path named = new LogWriter()
                .own(3, 0)
                .entry(3, 1, 0, "one")
                .entry(3, 2, 1, "two")
                .closed(directory, 0, 7);

        assertCorrupt(named);

        assertThat(runAmongSeveral().next()).isEqualTo(3);
        assertThat(named).doesNotExist();
        assertThat(SegmentFile.closedPath(directory, 0, 2)).exists();
        assertThat(Doubt.in(doubt())).contains(new Doubt(3, 7));
        assertThat(runAmongSeveral().next()).isEqualTo(3);
    }

    @Test
    void whatNoTruncationLeavesIsDamage() throws Exception {
        // Not between two entries
        Path torn = new LogWriter().own(1, 0).entry(1, 1, 0, "one").zeros(3).closed(directory, 0, 7);
        assertDamagedAmongSeveral(torn);

        // Before a segment that is there
        Path shorter = new LogWriter().own(1, 0).entry(1, 1, 0, "one").closed(directory, 0, 7);
        Path next = new LogWriter().entry(1, 8, 7, "eight").open(directory, 8);
        assertDamagedAmongSeveral(shorter);
        Files.delete(next);
        Files.delete(shorter);

        // A gap before a closed segment, and before an open one that is damaged itself
        new LogWriter().own(1, 0).entry(1, 1, 0, "one").closed(directory, 0, 1);
        Path closed = new LogWriter().entry(1, 5, 4, "five").closed(directory, 5, 5);
        assertDamagedAmongSeveral(closed);
        Files.delete(closed);
        byte[] bytes = new LogWriter().entry(1, 5, 4, "five").bytes();
        bytes[bytes.length - 1] ^= 1;
        assertDamagedAmongSeveral(Files.write(SegmentFile.openPath(directory, 5), bytes));
        assertThat(Doubt.in(doubt())).isEmpty();
    }

    private void assertDamagedAmongSeveral(Path file) {
        assertThatThrownBy(this::runAmongSeveral)
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT))
                .hasMessageContaining(file.toString());
        assertThat(file).exists();
    }

    @Test
    void deletesASegmentThatWasCreatedAndNotWritten() throws Exception {
        new LogWriter().own(1, 0).closed(directory, 0, 0);
        Path empty = new LogWriter().zeros(4096).open(directory, 1);
        assertThat(LogCheck.run(directory, LogPosition.NONE).next()).isEqualTo(1);
        assertThat(empty).doesNotExist();
    }

    @Test
    void closesASegmentWhoseRenameWasLost() throws Exception {
        new LogWriter().own(1, 0).entry(1, 1, 0, "one").open(directory, 0);
        new LogWriter().entry(1, 2, 1, "two").open(directory, 2);
        assertThat(LogCheck.run(directory, LogPosition.NONE).next()).isEqualTo(3);
        assertThat(SegmentFile.closedPath(directory, 0, 1)).exists();
    }

    @Test
    void writesAnewWhatItKeepsOfALogThatHasFailed() throws Exception {
        byte[] first =
                new LogWriter().own(1, 0).entry(1, 1, 0, "x".repeat(1 << 21)).bytes();
        Path renamed = Files.write(SegmentFile.openPath(directory, 0), first);
        byte[] last = new LogWriter().entry(1, 2, 1, "two").bytes();
        Path open = Files.write(SegmentFile.openPath(directory, 2), last);
        Files.setLastModifiedTime(renamed, FileTime.fromMillis(0));
        Files.setLastModifiedTime(open, FileTime.fromMillis(0));

        assertThat(LogCheck.run(directory, LogPosition.NONE, true, doubt -> false)
                        .next())
                .isEqualTo(3);

        Path closed = SegmentFile.closedPath(directory, 0, 1);
        assertThat(Files.getLastModifiedTime(closed)).isGreaterThan(FileTime.fromMillis(0));
        assertThat(Files.getLastModifiedTime(open)).isGreaterThan(FileTime.fromMillis(0));
        assertThat(Files.readAllBytes(closed)).isEqualTo(first);
        assertThat(Files.readAllBytes(open)).isEqualTo(last);
    }

    @Test
    void writesNothingOfASoundLog() throws Exception {
        Path open = new LogWriter().own(1, 0).entry(1, 1, 0, "one").open(directory, 0);
        Files.setLastModifiedTime(open, FileTime.fromMillis(0));
        assertThat(LogCheck.run(directory, LogPosition.NONE).next()).isEqualTo(2);
        assertThat(Files.getLastModifiedTime(open)).isEqualTo(FileTime.fromMillis(0));
    }

    @Test
    void deletesALogThatEndsBeforeTheSnapshot() throws Exception {
        Path first = new LogWriter().own(1, 0).entry(1, 1, 0, "one").open(directory, 0);
        Path last =
                new LogWriter().entry(1, 2, 1, "two").entry(1, 3, 2, "three").open(directory, 2);

        assertThat(LogCheck.run(directory, new LogPosition(1, 4))).isEqualTo(new LogCheck.Report(5, 1, 0, 0));

        assertThat(first).doesNotExist();
        assertThat(last).doesNotExist();
        assertThat(SegmentFile.list(directory)).isEmpty();
    }

    @Test
    void keepsALogThatEndsWithTheSnapshot() throws Exception {
        Path open = new LogWriter().own(1, 0).entry(1, 1, 0, "one").open(directory, 0);
        assertThat(LogCheck.run(directory, new LogPosition(1, 1)).next()).isEqualTo(2);
        assertThat(open).exists();
    }

    /** Such as a leader's, of which it was put in place among entries that never were committed. */
    @Test
    void deletesALogThatHoldsAnotherEntryWhereTheSnapshotEnds() throws Exception {
        new LogWriter().own(1, 0).entry(1, 1, 0, "one").entry(1, 2, 1, "two").closed(directory, 0, 2);
        new LogWriter().entry(1, 3, 2, "three").open(directory, 3);

        assertThat(LogCheck.run(directory, new LogPosition(2, 1))).isEqualTo(new LogCheck.Report(2, 1, 0, 0));

        assertThat(SegmentFile.list(directory)).isEmpty();
    }

    @Test
    void keepsALogThatGoesOnBehindItsOwnSnapshot() throws Exception {
        Path closed = new LogWriter()
                .own(1, 0)
                .entry(1, 1, 0, "one")
                .entry(2, 2, 1, "two")
                .closed(directory, 0, 2);
        Path open = new LogWriter().entry(2, 3, 2, "three").open(directory, 3);

        assertThat(LogCheck.run(directory, new LogPosition(1, 1)).next()).isEqualTo(4);

        assertThat(closed).exists();
        assertThat(open).exists();
    }

    @Test
    void refusesALogThatBeginsBehindTheSnapshot() throws Exception {
        Path file = new LogWriter().entry(1, 9, 8, "nine").open(directory, 9);
        assertThat(LogCheck.run(directory, new LogPosition(1, 8)).next()).isEqualTo(10);
        assertThatThrownBy(() -> LogCheck.run(directory, new LogPosition(1, 7))).hasMessageContaining(file.toString());
    }

    @Test
    void refusesATermThatGoesBack() throws Exception {
        assertCorrupt(new LogWriter().own(3, 0).entry(2, 1, 0, "one").open(directory, 0));
    }

    @Test
    void readsEntriesBack() throws Exception {
        new LogWriter().own(1, 0).entry(1, 1, 0, "one").closed(directory, 0, 1);
        new LogWriter().entry(1, 2, 1, "two").zeros(100).open(directory, 2);
        try (LogReader reader = new LogReader(directory, 1 << 20)) {
            assertThat(reader.read(0)).isEmpty();
            assertThat(reader.read(2).getFirst().remaining()).isEqualTo(3);
            assertThat(reader.read(1).getFirst().remaining()).isEqualTo(3);
            assertThatThrownBy(() -> reader.read(3))
                    .isInstanceOfSatisfying(
                            ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.OBJECT_MISSING));
        }
    }

    @Test
    void salvageKeepsWhatItGivesUp() throws Exception {
        Path file = damagedAtTwo(2);
        byte[] before = Files.readAllBytes(file);
        Path aside = directory.resolve("aside");

        LogSalvage.Report report = LogSalvage.run(directory, -1, aside);

        assertThat(report.firstLost()).isEqualTo(2);
        assertThat(report.kept())
                .singleElement()
                .satisfies(kept -> assertThat(Files.readAllBytes(kept)).isEqualTo(before));
        assertThat(LogCheck.run(directory, LogPosition.NONE).next()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyMutationIsEitherPutRightOrRefused(long seed) throws Exception {
        Random random = new Random(seed);
        LogWriter writer = new LogWriter().own(1, 0);
        for (int i = 1; i < 20; i++) {
            writer.entry(1, i, i - 1, "x".repeat(random.nextInt(300)));
        }
        byte[] sound = writer.bytes();
        for (int round = 0; round < MUTATIONS; round++) {
            byte[] bytes = Arrays.copyOf(sound, random.nextInt(4) == 0 ? random.nextInt(sound.length) : sound.length);
            for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            clear();
            Files.write(SegmentFile.openPath(directory, 0), bytes);
            readAll();
            try {
                assertThat(LogCheck.run(directory, LogPosition.NONE).next())
                        .as("seed %d, round %d", seed, round)
                        .isBetween(0L, 20L);
            } catch (ServiceException e) {
                assertThat(e.code()).as("seed %d, round %d", seed, round).isEqualTo(FailureCode.CORRUPT);
            }
        }
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    void anyMutationForLong() throws Exception {
        LongRun.of("LogCheckTest").run("mutated logs", seed -> {
            anyMutationIsEitherPutRightOrRefused(seed);
            return MUTATIONS;
        });
    }

    private void readAll() {
        try (LogReader reader = new LogReader(directory, 1 << 20)) {
            for (int i = 0; i < 20; i++) {
                try {
                    assertThat(reader.read(i)).hasSizeLessThan(2);
                } catch (ServiceException e) {
                    assertThat(e.code()).isIn(FailureCode.CORRUPT, FailureCode.OBJECT_MISSING);
                }
            }
        }
    }

    private void clear() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }
}
