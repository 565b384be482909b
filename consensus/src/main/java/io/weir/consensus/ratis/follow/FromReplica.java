package io.weir.consensus.ratis.follow;

import io.weir.consensus.ratis.forward.Fields;
import io.weir.consensus.ratis.forward.Packet;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.ReplicaLag;
import io.weir.contracts.identity.NodeId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** What a replica tells those who follow it. */
sealed interface FromReplica {
    byte SNAPSHOT = 1;
    byte PART = 2;
    byte ENTRY = 3;
    byte TOLD = 4;

    /** What an entry's message has beside the entry's bytes. */
    int ENTRY_HEAD_BYTES = 2 + 5 * Long.BYTES;

    Packet packet();

    /**
     * A snapshot file comes, in parts.
     *
     * @param position of the last entry that it contains
     * @param size of the file
     * @param checksum of the file: what is on the disk beside it
     */
    record Snapshot(LogPosition position, long size, ByteBuffer checksum) implements FromReplica {
        static final int CHECKSUM_BYTES = 16;

        @Override
        public Packet packet() {
            return Packet.of(ByteBuffer.allocate(1 + 3 * Long.BYTES + CHECKSUM_BYTES)
                    .put(SNAPSHOT)
                    .putLong(position.term())
                    .putLong(position.index())
                    .putLong(size)
                    .put(checksum.duplicate())
                    .flip());
        }

        private static Snapshot read(ByteBuffer bytes) {
            LogPosition position = new LogPosition(bytes.getLong(), bytes.getLong());
            long size = bytes.getLong();
            byte[] checksum = new byte[CHECKSUM_BYTES];
            bytes.get(checksum);
            return new Snapshot(position, size, ByteBuffer.wrap(checksum));
        }
    }

    /** The next bytes of the snapshot. */
    record Part(ByteBuffer bytes) implements FromReplica {
        @Override
        public Packet packet() {
            return new Packet(List.of(ByteBuffer.allocate(1).put(PART).flip(), bytes));
        }
    }

    /** The next entry. */
    record Entry(LogEntry entry) implements FromReplica {
        @Override
        public Packet packet() {
            List<ByteBuffer> all = new ArrayList<>(entry.bytes().size() + 1);
            all.add(ByteBuffer.allocate(ENTRY_HEAD_BYTES)
                    .put(ENTRY)
                    .put(entry.kind().code)
                    .putLong(entry.position().term())
                    .putLong(entry.position().index())
                    .putLong(entry.client().getMostSignificantBits())
                    .putLong(entry.client().getLeastSignificantBits())
                    .putLong(entry.call())
                    .flip());
            all.addAll(entry.bytes());
            return new Packet(all);
        }

        private static Entry read(ByteBuffer bytes) {
            LogEntry.Kind kind = LogEntry.Kind.of(bytes.get());
            return new Entry(new LogEntry(
                    new LogPosition(bytes.getLong(), bytes.getLong()),
                    kind,
                    new UUID(bytes.getLong(), bytes.getLong()),
                    bytes.getLong(),
                    List.of(bytes.slice())));
        }
    }

    /** News, or that there are none: it comes at a steady pace. */
    record Told(News news) implements FromReplica {
        private static final long UNHEARD = -1;

        @Override
        public Packet packet() {
            List<Peer> peers = news.peers().stream().limit(News.MOST_PEERS).toList();
            List<byte[]> texts = new ArrayList<>();
            for (Peer peer : peers) {
                texts.add(Fields.encoded(peer.id().toString()));
                texts.add(Fields.encoded(peer.host()));
            }
            ByteBuffer bytes = ByteBuffer.allocate(3
                    + 4 * Long.BYTES
                    + Integer.BYTES
                    + peers.size() * (Integer.BYTES + Long.BYTES)
                    + texts.stream().mapToInt(text -> Short.BYTES + text.length).sum());
            bytes.put(TOLD)
                    .putLong(news.applied())
                    .putLong(news.logBytes())
                    .putLong(news.silence().toMillis())
                    .put((byte) (news.leader().isPresent() ? 1 : 0));
            news.leader()
                    .ifPresent(leader -> bytes.putInt(leader.node().value()).putLong(leader.term()));
            bytes.put((byte) peers.size());
            for (int i = 0; i < peers.size(); i++) {
                Fields.put(bytes, texts.get(2 * i));
                Fields.put(bytes, texts.get(2 * i + 1));
                bytes.putInt(peers.get(i).port());
                bytes.putLong(behind(news, peers.get(i)));
            }
            return Packet.of(bytes.flip());
        }

        private static long behind(News news, Peer peer) {
            return news.lags().stream()
                    .filter(lag -> lag.peer().equals(peer.id()))
                    .mapToLong(lag -> lag.entriesBehind().orElse(UNHEARD))
                    .findFirst()
                    .orElse(UNHEARD);
        }

        private static Told read(ByteBuffer bytes) {
            long applied = bytes.getLong();
            long logBytes = bytes.getLong();
            Duration silence = Duration.ofMillis(bytes.getLong());
            Optional<Leader> leader = switch (bytes.get()) {
                case 0 -> Optional.empty();
                case 1 -> Optional.of(new Leader(new NodeId(bytes.getInt()), bytes.getLong()));
                default -> throw new IllegalArgumentException("Neither a leader nor none");
            };
            int count = bytes.get();
            if (count < 0 || count > News.MOST_PEERS) {
                throw new IllegalArgumentException(count + " peers");
            }
            List<Peer> peers = new ArrayList<>(count);
            List<ReplicaLag> lags = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                peers.add(new Peer(PeerId.parse(Fields.text(bytes)), Fields.text(bytes), bytes.getInt()));
                long behind = bytes.getLong();
                if (behind != UNHEARD) {
                    lags.add(new ReplicaLag(peers.getLast().id(), OptionalLong.of(behind)));
                }
            }
            return new Told(new News(applied, logBytes, silence, leader, peers, lags));
        }
    }

    /**
     * Reads a message.
     *
     * @throws IllegalArgumentException when it is none
     */
    static FromReplica of(Packet packet) {
        ByteBuffer bytes = packet.bytes();
        try {
            FromReplica message = switch (bytes.get()) {
                case SNAPSHOT -> Snapshot.read(bytes);
                case PART -> new Part(bytes.slice());
                case ENTRY -> Entry.read(bytes);
                case TOLD -> Told.read(bytes);
                default -> throw new IllegalArgumentException("Not a message from a replica");
            };
            if (message instanceof Snapshot || message instanceof Told) {
                Fields.end(bytes);
            }
            return message;
        } catch (BufferUnderflowException truncated) {
            throw new IllegalArgumentException("A message that ends too soon", truncated);
        }
    }
}
