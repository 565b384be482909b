package io.weir.consensus.ratis.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.weir.consensus.ratis.forward.Packet;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.ReplicaLag;
import io.weir.contracts.identity.NodeId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {
    private static final PeerId WHO = new PeerId(new NodeId(3), 7);
    private static final Peer PEER = new Peer(WHO, "127.0.0.1", 7401);

    private static List<ToReplica> toReplica() {
        return List.of(new ToReplica.Subscription("journal", WHO, -1), new ToReplica.Question("journal", 12, 1 << 20));
    }

    private static ByteBuffer bytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length);
        for (int value : values) {
            bytes.put((byte) value);
        }
        return bytes.flip();
    }

    private static LogEntry entry(LogEntry.Kind kind, ByteBuffer... pieces) {
        return new LogEntry(new LogPosition(4, 5), kind, new UUID(1, 2), 3, List.of(pieces));
    }

    private static News news(Optional<Leader> leader, List<Peer> peers) {
        return new News(
                5,
                6,
                Duration.ofMillis(7),
                leader,
                peers,
                peers.stream()
                        .limit(News.MOST_PEERS)
                        .map(peer -> new ReplicaLag(peer.id(), OptionalLong.of(3)))
                        .toList());
    }

    private static List<FromReplica> fromReplica() {
        return List.of(
                new FromReplica.Snapshot(new LogPosition(2, 9), 77, ByteBuffer.allocate(16)),
                new FromReplica.Part(bytes(1, 2, 3)),
                new FromReplica.Entry(entry(LogEntry.Kind.SUBMITTED, bytes(1, 2))),
                new FromReplica.Entry(entry(LogEntry.Kind.GROUPS, bytes(1))),
                new FromReplica.Told(news(Optional.empty(), List.of())),
                new FromReplica.Told(news(Optional.of(new Leader(new NodeId(2), 9)), List.of(PEER, PEER))));
    }

    private static Packet received(Packet sent) {
        return Packet.of(sent.bytes());
    }

    @Test
    void everyMessageIsReadAsItWasWritten() {
        assertThat(toReplica())
                .allSatisfy(
                        it -> assertThat(ToReplica.of(received(it.packet()))).isEqualTo(it));
        assertThat(fromReplica())
                .allSatisfy(
                        it -> assertThat(FromReplica.of(received(it.packet()))).isEqualTo(it));
    }

    @Test
    void anEntryInPiecesArrivesInOne() {
        FromReplica.Entry sent = new FromReplica.Entry(entry(LogEntry.Kind.SUBMITTED, bytes(1), bytes(2, 0)));
        assertThat(FromReplica.of(received(sent.packet())))
                .isEqualTo(new FromReplica.Entry(entry(LogEntry.Kind.SUBMITTED, bytes(1, 2, 0))));
    }

    @Test
    void morePeersThanThereCanBeAreRefused() {
        List<Peer> most = Collections.nCopies(News.MOST_PEERS, PEER);
        List<Peer> tooMany = new ArrayList<>(most);
        tooMany.add(PEER);
        FromReplica.Told largest = new FromReplica.Told(news(Optional.empty(), most));
        assertThat(FromReplica.of(received(new FromReplica.Told(news(Optional.empty(), tooMany)).packet())))
                .isEqualTo(largest);
        ByteBuffer lie = largest.packet().bytes();
        int countAt = 2 + 3 * Long.BYTES;
        assertThat(lie.get(countAt)).isEqualTo((byte) News.MOST_PEERS);
        lie.put(countAt, (byte) (News.MOST_PEERS + 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FromReplica.of(Packet.of(lie)))
                .withMessageContaining("17 peers");
    }

    @Test
    void indexesBelowTheFirstAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ToReplica.of(received(new ToReplica.Subscription("journal", WHO, -2).packet())));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ToReplica.of(received(new ToReplica.Question("journal", -1, 1).packet())));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ToReplica.of(received(new ToReplica.Question("journal", 1, -1).packet())));
    }

    @Test
    void aTruncatedMessageIsNone() {
        toReplica().forEach(message -> refusesTruncated(message.packet(), ToReplica::of));
        // Of entries and parts, the bytes are whoever submitted's: that some are missing shows at the head only.
        fromReplica().stream()
                .filter(it -> it instanceof FromReplica.Told || it instanceof FromReplica.Snapshot)
                .forEach(message -> refusesTruncated(message.packet(), FromReplica::of));
    }

    private static void refusesTruncated(Packet packet, Function<Packet, ?> reader) {
        ByteBuffer whole = packet.bytes();
        for (int length = 0; length < whole.remaining(); length++) {
            ByteBuffer part = whole.slice(0, length);
            assertThatIllegalArgumentException().isThrownBy(() -> reader.apply(Packet.of(part)));
        }
        ByteBuffer longer = ByteBuffer.allocate(whole.remaining() + 1).put(whole.duplicate());
        assertThatIllegalArgumentException().isThrownBy(() -> reader.apply(Packet.of(longer.rewind())));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261122})
    void mutatedBytesAreAMessageOrNone(long seed) {
        Random random = new Random(seed);
        List<Packet> packets = Stream.concat(
                        toReplica().stream().map(ToReplica::packet),
                        fromReplica().stream().map(FromReplica::packet))
                .toList();
        int read = 0;
        for (int i = 0; i < 5_000; i++) {
            ByteBuffer bytes = packets.get(random.nextInt(packets.size())).bytes();
            ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                copy.put(random.nextInt(copy.limit()), (byte) random.nextInt(256));
            }
            read += isRead(Packet.of(copy), ToReplica::of) || isRead(Packet.of(copy), FromReplica::of) ? 1 : 0;
        }
        assertThat(read).as("seed %d", seed).isBetween(1, 4_999);
    }

    private static boolean isRead(Packet packet, Function<Packet, ?> reader) {
        try {
            return reader.apply(packet) != null;
        } catch (IllegalArgumentException none) {
            return false;
        }
    }
}
