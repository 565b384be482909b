package io.weir.consensus.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogScrubTest {
    private static final Duration ROUND = Duration.ofHours(1);
    private static final Duration STEP = Duration.ofMinutes(1);
    private static final int SEGMENTS = 6;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    /** Of a scrub that a test makes for itself. */
    private final SimpleMeterRegistry own = new SimpleMeterRegistry();

    @TempDir
    private Path directory;

    private LogScrub scrub;

    @BeforeEach
    void write() throws IOException {
        for (int i = 0; i < SEGMENTS; i++) {
            segment(i);
        }
        // What is written to just now is nobody's business.
        new LogWriter().entry(1, 2 * SEGMENTS, 0, "open").zeros(100).open(directory, 2 * SEGMENTS);
        damage(SegmentFile.openPath(directory, 2 * SEGMENTS));
        scrub = new LogScrub(() -> List.of(directory), ROUND, meters);
    }

    private static Path closed(Path directory, int number) {
        return SegmentFile.closedPath(directory, 2L * number, 2L * number + 1);
    }

    private void segment(int number) throws IOException {
        new LogWriter()
                .entry(1, 2L * number, 0, "even")
                .entry(1, 2L * number + 1, 0, "odd")
                .closed(directory, 2L * number, 2L * number + 1);
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[20] ^= 1;
        Files.write(file, bytes);
    }

    private void goOn(Duration time) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(STEP)) {
            scrub.pass(STEP);
        }
    }

    private double damaged() {
        return meters.get("weir.scrub.damaged.logs").gauge().value();
    }

    private double bytes() {
        return meters.get("weir.scrub.log.bytes").functionCounter().count();
    }

    private double stored() throws IOException {
        long sum = 0;
        for (int i = 0; i < SEGMENTS; i++) {
            sum += Files.size(closed(directory, i));
        }
        return sum;
    }

    @Test
    void readsEveryClosedSegmentOnceInARound() throws Exception {
        goOn(ROUND);
        assertThat(bytes()).isBetween(stored(), stored() * (SEGMENTS + 1) / SEGMENTS);
        assertThat(damaged()).isZero();
    }

    @Test
    void goesOnRoundAfterRound() throws Exception {
        goOn(ROUND.multipliedBy(5));
        assertThat(bytes()).isBetween(5 * stored() * 0.99, 5 * stored() * (SEGMENTS + 1) / SEGMENTS);
    }

    @Test
    void findsAFlippedBitAnEndThatIsMissingAndAWrongName() throws Exception {
        damage(closed(directory, 0));
        byte[] whole = Files.readAllBytes(closed(directory, 2));
        Files.write(closed(directory, 2), java.util.Arrays.copyOf(whole, whole.length - 3));
        Files.copy(closed(directory, 4), SegmentFile.closedPath(directory, 100, 101));
        goOn(ROUND.plus(STEP));
        assertThat(damaged()).isEqualTo(3);
    }

    @Test
    void whatIsPurgedIsForgotten() throws Exception {
        damage(closed(directory, 1));
        goOn(ROUND);
        assertThat(damaged()).isEqualTo(1);
        Files.delete(closed(directory, 1));
        goOn(STEP);
        assertThat(damaged()).isZero();
    }

    @Test
    void whatIsWholeAgainIsForgottenWhenItsTurnComes() throws Exception {
        damage(closed(directory, 1));
        goOn(ROUND);
        damage(closed(directory, 1));
        goOn(ROUND);
        assertThat(damaged()).isZero();
    }

    @Test
    void oneThatCannotBeReadIsDamageAndHidesNothingBehindIt() throws Exception {
        unreadable(closed(directory, 1));
        damage(closed(directory, 3));
        goOn(ROUND.plus(STEP));
        assertThat(damaged()).isEqualTo(2);
    }

    @Test
    void whatCanBeReadAgainIsForgottenWhenItsTurnComes() throws Exception {
        Path file = closed(directory, 1);
        byte[] whole = Files.readAllBytes(file);
        unreadable(file);
        goOn(ROUND);
        assertThat(damaged()).isEqualTo(1);
        Files.delete(file);
        Files.write(file, whole);
        goOn(ROUND.multipliedBy(2));
        assertThat(damaged()).isZero();
    }

    /** A directory in its place: it is there, and no byte of it can be read. */
    private static void unreadable(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createDirectory(file);
    }

    @Test
    void oneLogThatCannotBeReadKeepsNobodyElses() throws Exception {
        Path other = Files.createDirectory(directory.resolve("other"));
        unreadable(closed(other, 0));
        damage(closed(directory, 3));
        scrub = new LogScrub(() -> List.of(other, directory), ROUND, own);
        goOn(ROUND.plus(STEP));
        assertThat(own.get("weir.scrub.damaged.logs").gauge().value()).isEqualTo(2);
    }

    @Test
    void aLogWithANameThatIsNoNumberKeepsNobodyElses() throws Exception {
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.createFile(other.resolve("log_0-" + "9".repeat(30)));
        damage(closed(directory, 3));
        scrub = new LogScrub(() -> List.of(other, directory), ROUND, own);
        goOn(ROUND.plus(STEP));
        assertThat(own.get("weir.scrub.damaged.logs").gauge().value()).isEqualTo(1);
    }

    @Test
    void goesOnAfterTheLogsCouldNotBeNamed() throws Exception {
        damage(closed(directory, 3));
        AtomicBoolean named = new AtomicBoolean();
        scrub = new LogScrub(
                () -> {
                    if (!named.getAndSet(true)) {
                        throw new IllegalStateException("Not now");
                    }
                    return List.of(directory);
                },
                ROUND,
                own);
        goOn(ROUND.plus(STEP.multipliedBy(2)));
        assertThat(own.get("weir.scrub.damaged.logs").gauge().value()).isEqualTo(1);
    }

    @Test
    void aLogThatIsNotThereIsEmpty() {
        scrub = new LogScrub(() -> List.of(directory.resolve("nowhere")), ROUND, new SimpleMeterRegistry());
        goOn(ROUND);
        assertThat(bytes()).isZero();
    }
}
