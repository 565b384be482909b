package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Peer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;

/**
 * A connection to each other peer, for what is asked of a leader: apart from Ratis' own, so that entries on their way
 * to the leader hold up no heartbeat.
 *
 * <p>Threading: any thread.
 */
public final class PeerChannels implements AutoCloseable {
    /** Answers are short; who asks for more says so with its call. */
    private static final int MOST_ANSWER_BYTES = 16 << 10;

    private static final long CLOSE_SECONDS = 5;

    /**
     * A connection by which nothing has come for so long, though somebody waits for it, is asked whether it works; the
     * least that the library takes. Else one that packets got lost on would be found out by TCP, minutes later.
     */
    private static final long ASKED_AFTER_SECONDS = 10;

    private static final long ANSWERS_WITHIN_SECONDS = 5;

    private final Map<Address, ManagedChannel> channels = new HashMap<>();
    /** Since the last refresh began: it may have found out whom somebody talks to before these were known. */
    private final Set<Address> askedFor = new HashSet<>();

    private boolean closed;

    private record Address(String host, int port) {
        private static Address of(Peer peer) {
            return new Address(peer.host(), peer.port());
        }
    }

    /** Empty once they are closed. */
    public synchronized Optional<ManagedChannel> to(Peer peer) {
        if (closed) {
            return Optional.empty();
        }
        Address at = Address.of(peer);
        askedFor.add(at);
        return Optional.of(channels.computeIfAbsent(
                at,
                address -> NettyChannelBuilder.forAddress(address.host(), address.port())
                        .usePlaintext()
                        .disableRetry()
                        .executor(Callbacks.all())
                        .offloadExecutor(Callbacks.all())
                        .maxInboundMessageSize(MOST_ANSWER_BYTES)
                        .keepAliveTime(ASKED_AFTER_SECONDS, TimeUnit.SECONDS)
                        .keepAliveTimeout(ANSWERS_WITHIN_SECONDS, TimeUnit.SECONDS)
                        .build()));
    }

    /** Lets others ask whether their connections work, more often than once in five minutes. */
    public static NettyServerBuilder letAsk(NettyServerBuilder server) {
        return server.permitKeepAliveTime(ASKED_AFTER_SECONDS / 2, TimeUnit.SECONDS);
    }

    /**
     * Has connections that wait after a failure tried again at once, and closes those to nobody. By one thread.
     *
     * @param peers of every group; asked for with no lock held, since to say whom a group knows may take its time
     */
    public void refresh(Stream<Peer> peers) {
        synchronized (this) {
            askedFor.clear();
        }
        Set<Address> wanted = new HashSet<>();
        peers.forEach(peer -> wanted.add(Address.of(peer)));
        synchronized (this) {
            wanted.addAll(askedFor);
            channels.entrySet().removeIf(each -> {
                if (wanted.contains(each.getKey())) {
                    each.getValue().resetConnectBackoff();
                    return false;
                }
                return each.getValue().shutdownNow().isShutdown();
            });
        }
    }

    @Override
    public void close() {
        Set<ManagedChannel> open;
        synchronized (this) {
            closed = true;
            open = Set.copyOf(channels.values());
            channels.clear();
        }
        open.forEach(ManagedChannel::shutdownNow);
        try {
            for (ManagedChannel channel : open) {
                boolean _ = channel.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
