package io.weir.consensus.ratis.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerChannelsTest {
    private final PeerChannels channels = new PeerChannels();

    @AfterEach
    void close() {
        channels.close();
    }

    private static Peer peer(int node) {
        return new Peer(new PeerId(new NodeId(node), 1), "127.0.0.1", 7400 + node);
    }

    private ManagedChannel to(int node) {
        return channels.to(peer(node)).orElseThrow();
    }

    @Test
    void whoSaysSlowlyWhomItKnowsHoldsUpNoConnectionAndClosesNoNewOne() throws Exception {
        ManagedChannel first = to(1);
        ManagedChannel wanted = to(2);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        // Given a group that takes its time
        Stream<Peer> slow = Stream.of(peer(2)).peek(peer -> {
            asked.countDown();
            await(goOn);
        });
        CompletableFuture<Void> refresh =
                CompletableFuture.runAsync(() -> channels.refresh(slow), Thread::startVirtualThread);
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        // When another one connects meanwhile
        CompletableFuture<Optional<ManagedChannel>> third =
                CompletableFuture.supplyAsync(() -> channels.to(peer(3)), Thread::startVirtualThread);
        try {
            assertThat(third).succeedsWithin(60, TimeUnit.SECONDS);
        } finally {
            goOn.countDown();
        }
        // Then only what nobody wanted before is closed
        assertThat(refresh).succeedsWithin(60, TimeUnit.SECONDS);
        assertThat(first.isShutdown()).isTrue();
        assertThat(wanted.isShutdown()).isFalse();
        assertThat(to(3)).isSameAs(third.join().orElseThrow());
        assertThat(to(3).isShutdown()).isFalse();
        channels.refresh(Stream.of(peer(2)));
        assertThat(third.join().orElseThrow().isShutdown()).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Never let go");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
