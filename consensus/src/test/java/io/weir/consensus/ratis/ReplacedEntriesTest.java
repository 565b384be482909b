package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.consensus.ratis.follow.LogEntry;
import io.weir.consensus.ratis.follow.ReplicaSide;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A replica whose log ends with entries that never were committed tells nobody of those that a snapshot replaces, and
 * sends them to nobody when it leads.
 */
class ReplacedEntriesTest {
    /** Nobody stands for election meanwhile; twice in it a replica looks by itself what there is to tell. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(10);

    private static final int COMMITTED = 2;
    private static final int LAST = 6;
    /** The fewest that there can be; the tests' entries have more than 50 each. */
    private static final int SEGMENT_BYTES = 64 << 10;

    @TempDir
    private Path directory;

    private Peers<JournalState> peers;
    private SendingLeader former;
    private SendingLeader next;

    /** Given a log of which a former leader had committed the beginning. */
    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new)
                .with(config -> config.withElectionTimeout(ELECTION_TIMEOUT)
                        .withLimits(Peers.GROUP, new ConsensusConfig.Limits(1 << 20, SEGMENT_BYTES)));
        peers.start(1);
        former = new SendingLeader(peers.founders(), 2, 1);
        next = new SendingLeader(peers.founders(), 3, 2);
        send(former, 0, COMMITTED, COMMITTED);
        send(former, COMMITTED + 1, LAST, COMMITTED);
        Eventually.holds(() -> peers.group(1).applied().index() == COMMITTED);
    }

    @AfterEach
    void stop() {
        former.close();
        next.close();
        peers.close();
    }

    private static void send(SendingLeader leader, long from, long to, long committed) throws Exception {
        AppendEntriesReplyProto answer =
                leader.connects().sends(from, to, committed).get(60, TimeUnit.SECONDS);
        assertThat(answer.getResult()).isEqualTo(AppendResult.SUCCESS);
    }

    /** When the next leader's snapshot ends at an index. */
    private List<String> install(long index) throws Exception {
        List<String> texts = LongStream.rangeClosed(0, index)
                .mapToObj(i -> SendingLeader.text(i, i <= COMMITTED ? 1 : 2))
                .toList();
        CompletableFuture<InstallSnapshotReplyProto> answer = next.installs(new LogPosition(2, index), snapshot(texts));
        assertThat(answer.get(60, TimeUnit.SECONDS).getResult()).isEqualTo(InstallSnapshotResult.SUCCESS);
        Eventually.holds(() -> peers.group(1).applied().index() == index);
        assertThat(peers.state(1).texts()).isEqualTo(texts);
        return texts;
    }

    private static byte[] snapshot(List<String> texts) throws IOException {
        JournalState state = new JournalState();
        for (String text : texts) {
            var _ = state.apply(new LogPosition(2, state.texts().size()), JournalState.entry(text));
        }
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        try (ReplicatedState.Frozen view = state.freeze()) {
            view.writeTo(snapshot);
        }
        return snapshot.toByteArray();
    }

    private ReplicaSide replica() {
        return ((RatisGroup) peers.group(1)).followed();
    }

    @Test
    void whoFollowsIsGivenTheSnapshot() throws Exception {
        try (FollowingConsensus gateway = peers.follow(new NodeId(9), new SimpleMeterRegistry())) {
            JournalState state = new JournalState();
            var _ = gateway.open(Peers.GROUP, state);
            Eventually.holds(() -> state.texts().size() == COMMITTED + 1);

            List<String> texts = install(LAST - 2);

            Eventually.holds(() -> state.texts().size() == texts.size());
            assertThat(state.texts()).isEqualTo(texts);
        }
    }

    @Test
    void norAreTheyReadFromAFileThatIsGone() throws Exception {
        try (ReplicaSide.Reading log = replica().reading()) {
            assertThat(log.at(COMMITTED)).isPresent();

            install(LAST + 3);

            assertThat(log.at(COMMITTED + 1)).isEmpty();
        }
    }

    @Test
    void norAreTheyAfterARestart() throws Exception {
        install(LAST - 2);
        peers.stop(1);
        peers.start(1);
        try (ReplicaSide.Reading log = replica().reading()) {
            for (long index = COMMITTED + 1; index <= LAST - 2; index++) {
                assertThat(log.at(index)).isEmpty();
            }

            send(next, LAST - 1, LAST + 1, LAST + 1);

            Eventually.holds(() -> replica().applied() == LAST + 1);
            assertThat(log.at(LAST - 1).map(LogEntry::position)).contains(new LogPosition(2, LAST - 1));
        }
    }

    /**
     * When it has what the next leader has committed behind its snapshot, and leads one that was away meanwhile.
     *
     * @param index where the snapshot ends
     */
    private void leadsAnother(long index) throws Exception {
        send(next, index + 1, index + 3, index + 3);
        Eventually.holds(() -> peers.group(1).applied().index() == index + 3);
        peers.start(2);
        try (SendingLeader before = new SendingLeader(peers.founders().subList(1, 3), 2, 1)) {
            send(before, 0, COMMITTED, COMMITTED);
        }
        peers.stand(1);

        Eventually.holds(() -> peers.state(2).texts().size() == index + 4);
        assertThat(peers.state(2).texts()).isEqualTo(peers.state(1).texts());
    }

    @Test
    void norAreTheySentWhereItLeads() throws Exception {
        install(LAST - 2);
        leadsAnother(LAST - 2);
    }

    @Test
    void norAreTheySentFromOneOfSeveralFiles() throws Exception {
        long index = 3L * SEGMENT_BYTES / 100;
        send(former, LAST + 1, 2 * index, COMMITTED);
        assertThat(logFiles()).hasSizeGreaterThan(2);

        install(index);

        Eventually.holds(() -> logFiles().isEmpty());
        leadsAnother(index);
    }

    private List<String> logFiles() {
        String[] names =
                new GroupFiles(peers.directoryOf(1), Peers.GROUP).log().toFile().list();
        return Stream.of(Objects.requireNonNull(names))
                .filter(name -> name.startsWith("log_"))
                .toList();
    }

    @Test
    void norAreTheySentAfterARestart() throws Exception {
        install(LAST - 2);
        peers.stop(1);
        peers.start(1);
        leadsAnother(LAST - 2);
    }

    @Test
    void norAreTheySentWhereItDiedBeforeItGaveThemUp() throws Exception {
        Path file = new GroupFiles(peers.directoryOf(1), Peers.GROUP).log().resolve("log_inprogress_0");
        byte[] before = Files.readAllBytes(file);
        install(LAST - 2);
        peers.stop(1);
        Files.write(file, before);
        peers.start(1);
        leadsAnother(LAST - 2);
    }
}
