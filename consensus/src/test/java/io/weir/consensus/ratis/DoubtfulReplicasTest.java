package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.consensus.Eventually;
import io.weir.consensus.log.Doubt;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs whose ends are damaged, of which a crash may be the cause, and the disk as well. */
class DoubtfulReplicasTest {
    private static final int PAGE = 4096;

    @TempDir
    private Path directory;

    private Peers<JournalState> peers;

    @BeforeEach
    void layOut() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new);
    }

    @AfterEach
    void stop() {
        peers.close();
    }

    private static String text(String name) {
        return name + ":" + name.substring(0, 1).repeat(3 * PAGE);
    }

    /** At whoever leads, until it is acknowledged. */
    private List<String> submit(String... names) {
        List<String> acknowledged = new ArrayList<>();
        for (String name : names) {
            Eventually.holds(() -> peers.group(peers.leader())
                            .submit(JournalState.entry(text(name)))
                            .join()
                    instanceof Submission.Applied);
            acknowledged.add(text(name));
        }
        return acknowledged;
    }

    private void eventuallyHasAll(int node, List<String> acknowledged) {
        Eventually.holds(() -> peers.state(node).texts().containsAll(acknowledged));
    }

    private GroupFiles files(int node) {
        return new GroupFiles(peers.directoryOf(node), Peers.GROUP);
    }

    private Path open(int node) throws IOException {
        try (Stream<Path> files = Files.list(files(node).log())) {
            return files.filter(file -> file.getFileName().toString().startsWith("log_inprogress_"))
                    .max(Comparator.comparing(Path::toString))
                    .orElseThrow();
        }
    }

    /** A page in the middle of an entry was never written. */
    private void losePage(int node, String name) throws IOException {
        Path file = open(node);
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text(name)) + PAGE;
        assertThat(at).isGreaterThan(PAGE);
        Arrays.fill(bytes, at, at + PAGE, (byte) 0);
        Files.write(file, bytes);
    }

    private void flipBit(int node, String name) throws IOException {
        Path file = open(node);
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text(name)) + PAGE;
        assertThat(at).isGreaterThan(PAGE);
        bytes[at] ^= 4;
        Files.write(file, bytes);
    }

    private void eventuallyTrusted(int node) {
        Eventually.holds(() -> Files.notExists(files(node).doubt()));
        assertThat(peers.membership(node).self().incarnation()).isEqualTo(1);
        assertThat(NodeConsensus.isQuarantined(peers.directoryOf(node))).isFalse();
    }

    private void nobodyIsElected() {
        long end = System.nanoTime() + Peers.ELECTION_TIMEOUT.multipliedBy(4).toNanos();
        while (System.nanoTime() < end) {
            for (int node : peers.nodes()) {
                assertThat(peers.group(node).leadership()).isInstanceOf(Leadership.Following.class);
            }
            LockSupport.parkNanos(Peers.ELECTION_TIMEOUT.dividedBy(20).toNanos());
        }
    }

    @Test
    void powerLostEverywhereThatTearsTheLogsOfBothFollowersStopsNobody() throws Exception {
        // Given
        peers.startAll();
        List<String> acknowledged = new ArrayList<>(submit("a", "b", "c", "d"));
        for (int node : peers.nodes()) {
            eventuallyHasAll(node, acknowledged);
        }
        int leader = peers.leader();
        List<Integer> followers =
                peers.nodes().stream().filter(node -> node != leader).toList();
        // When a page of each follower's log was not written, and what came behind it was
        peers.stopAll();
        for (int node : followers) {
            losePage(node, "c");
        }
        peers.startAll();
        // Then they go on, as whom they were
        acknowledged.addAll(submit("e"));
        for (int node : peers.nodes()) {
            eventuallyHasAll(node, acknowledged);
            eventuallyTrusted(node);
        }
        // And nothing is left of it
        peers.lead(followers.getFirst());
        peers.stop(leader);
        acknowledged.addAll(submit("f"));
        eventuallyHasAll(followers.getLast(), acknowledged);
    }

    /** Three of whom the first has entries that the second has in part and the third not at all; none runs. */
    private List<String> leftWithAnEntryThatOneFollowerHad() throws Exception {
        peers.startAll();
        peers.lead(1);
        List<String> acknowledged = new ArrayList<>(submit("a", "b"));
        eventuallyHasAll(2, acknowledged);
        eventuallyHasAll(3, acknowledged);
        peers.stop(3);
        acknowledged.addAll(submit("c", "d"));
        eventuallyHasAll(2, acknowledged);
        peers.stopAll();
        flipBit(2, "c");
        return acknowledged;
    }

    @Test
    void whatOneFollowerMayHaveAcknowledgedAndHasNotAnyMoreIsNotVotedAway() throws Exception {
        List<String> acknowledged = leftWithAnEntryThatOneFollowerHad();
        // When the only one that has it is away
        peers.start(2);
        peers.start(3);
        // Then neither the one that has lost it leads, nor the one that has never had it
        assertThat(Doubt.in(files(2).doubt())).isPresent();
        nobodyIsElected();
        // Nor after another start
        peers.stop(2);
        peers.start(2);
        nobodyIsElected();
        assertThat(Doubt.in(files(2).doubt())).isPresent();
        // And when the one is back, so is everything
        peers.start(1);
        acknowledged.addAll(submit("e"));
        for (int node : peers.nodes()) {
            eventuallyHasAll(node, acknowledged);
        }
        eventuallyTrusted(2);
        // And the one that had lost it is as good as any other
        peers.lead(2);
        peers.stop(1);
        acknowledged.addAll(submit("f"));
        eventuallyHasAll(3, acknowledged);
    }

    @Test
    void whoIsTrustedAgainStaysSoAfterAStart() throws Exception {
        List<String> acknowledged = leftWithAnEntryThatOneFollowerHad();
        peers.start(1);
        peers.start(2);
        eventuallyHasAll(2, acknowledged);
        eventuallyTrusted(2);

        peers.stopAll();
        peers.start(2);
        peers.start(3);

        eventuallyHasAll(2, acknowledged);
        eventuallyHasAll(3, acknowledged);
    }

    @Test
    void aDoubtIsOverByASnapshotOfTheLeaders() throws Exception {
        List<String> acknowledged = leftWithAnEntryThatOneFollowerHad();
        peers.start(1);
        peers.start(3);
        acknowledged.addAll(submit("e", "f"));
        for (int node : List.of(1, 3)) {
            eventuallyHasAll(node, acknowledged);
            peers.group(node).prepareSnapshot().join().publish().join();
        }

        peers.start(2);

        eventuallyHasAll(2, acknowledged);
        eventuallyTrusted(2);
        assertThatThrownBy(() -> peers.group(2).read(1)).isInstanceOf(ServiceException.class);
    }

    @Test
    void aFollowerGetsBackFromAnIdleLeaderWhatItHadAcknowledged() throws Exception {
        // Given
        peers.startAll();
        peers.lead(1);
        List<String> acknowledged = submit("a", "b", "c");
        eventuallyHasAll(2, acknowledged);
        // When a follower has lost its last entry, which cannot be told from a torn write, and nothing else is
        // submitted
        peers.stop(2);
        losePage(2, "c");
        peers.start(2);
        // Then
        eventuallyHasAll(2, acknowledged);
    }

    @Test
    void withNobodyElseInTheGroupADoubtIsDamage() throws Exception {
        peers = new Peers<>(directory, 1, JournalState::new);
        peers.startAll();
        submit("a", "b", "c");
        peers.stop(1);
        new Doubt(1, 1_000_000).keepIn(files(1).doubt());

        assertThatThrownBy(() -> peers.start(1))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT))
                .hasMessageContaining(files(1).doubt().toString());
        peers.stop(1);

        // And can be given up
        try (RatisConsensus consensus = peers.startConsensus(1)) {
            consensus.salvage(Peers.GROUP);
        }
        assertThat(files(1).doubt()).doesNotExist();
        peers.start(1);
        eventuallyHasAll(1, List.of(text("a"), text("b"), text("c")));
    }
}
