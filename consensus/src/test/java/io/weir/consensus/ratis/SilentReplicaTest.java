package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica that is to be admitted and never answers, while the others are written to without a pause. */
class SilentReplicaTest {
    private static final int LEADER = 1;
    private static final int OTHER = 3;
    private static final int MILLIS_BETWEEN_ENTRIES = 10;

    @TempDir
    private Path directory;

    @Test
    void isGivenUpAndOthersAreAdmittedOrRemoved() throws Exception {
        try (Peers<JournalState> peers =
                        new Peers<>(directory, 3, JournalState::new).withElectionTimeout(Duration.ofMillis(1500));
                ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor()) {
            peers.startAll();
            peers.stand(LEADER);
            write(peers);
            peers.group(LEADER)
                    .prepareSnapshot()
                    .get(60, TimeUnit.SECONDS)
                    .publish()
                    .get(60, TimeUnit.SECONDS);
            ScheduledFuture<?> writing =
                    writer.scheduleAtFixedRate(() -> write(peers), 0, MILLIS_BETWEEN_ENTRIES, TimeUnit.MILLISECONDS);
            // When one is added that cannot be sent the snapshot, since it says nothing
            Peer dead = new Peer(new PeerId(new NodeId(4), 1), "127.0.0.1", silent.getLocalPort());
            CompletableFuture<MembershipChange> added = peers.membership(LEADER).add(dead);
            // Then that ends, and the next change is made
            assertThat(added).succeedsWithin(60, TimeUnit.SECONDS).isInstanceOf(MembershipChange.Refused.class);
            PeerId other = peers.membership(OTHER).self();
            Eventually.holds(() -> peers.membership(LEADER).remove(other).join() instanceof MembershipChange.Done);
            assertThat(writing.isDone()).isFalse();
        }
    }

    private static void write(Peers<JournalState> peers) {
        peers.group(LEADER).submit(JournalState.entry("one of many")).join();
    }
}
