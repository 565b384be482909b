package io.weir.wal.sim;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.NodeId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Raft group of several peers, one event at a time: who leads, which entries are in the leader's log and which of
 * them are committed. A peer that comes to lead has what is committed, and as much of the rest as it is told.
 */
final class GroupModel {
    static final int NOBODY = -1;

    private final List<ModelPeer> peers = new ArrayList<>();
    private final List<Entry> log = new ArrayList<>();
    private int committed;
    private int leader = NOBODY;
    private long term;
    private long numbers;
    private int restores;

    /**
     * One frame of the log.
     *
     * @param number of the submission; 0 for an entry of the group's own
     */
    record Entry(LogPosition position, List<ByteBuffer> bytes, long number) {
        boolean isOwn() {
            return number == 0;
        }
    }

    ModelPeer add() {
        ModelPeer peer = new ModelPeer(this, peers.size());
        peers.add(peer);
        return peer;
    }

    ModelPeer peer(int number) {
        return peers.get(number);
    }

    int size() {
        return peers.size();
    }

    static NodeId nodeOf(int peer) {
        return new NodeId(peer + 1);
    }

    /** Another term begins. */
    void elect(int peer, int keptUncommitted) {
        depose();
        int kept = Math.min(log.size(), committed + keptUncommitted);
        log.subList(kept, log.size()).clear();
        term++;
        leader = peer;
        append(List.of(), 0);
        int first = log.size() - 1;
        for (int i = 0; i < peers.size(); i++) {
            if (i == peer) {
                peers.get(i).willLead(term, first);
            } else {
                peers.get(i).willFollow(peer, term);
            }
        }
    }

    /** Nobody leads any more, and who is not cut off will hear of it. */
    void depose() {
        leader = NOBODY;
        peers.forEach(ModelPeer::willKnowNobody);
    }

    /** Whether the peer is the leader, or can reach it. */
    boolean reachesLeader(ModelPeer from) {
        return leader != NOBODY && !from.isCut() && !peers.get(leader).isCut();
    }

    boolean leads(int peer) {
        return leader == peer;
    }

    boolean leadsIn(int peer, long wanted) {
        return leader == peer && term == wanted;
    }

    boolean hasLeader() {
        return leader != NOBODY;
    }

    long nextNumber() {
        return ++numbers;
    }

    /** The leader takes the entry in, if it still leads in the term that the submitter knew. */
    void take(long inTerm, List<ByteBuffer> bytes, long number) {
        if (inTerm == term) {
            append(bytes, number);
        }
    }

    private void append(List<ByteBuffer> bytes, long number) {
        log.add(new Entry(new LogPosition(term, log.size()), bytes, number));
    }

    /** A quorum has fsynced so many entries more. */
    void commit(int more) {
        if (leader != NOBODY) {
            committed = Math.min(log.size(), committed + more);
        }
    }

    void restored() {
        restores++;
    }

    /** How often a peer began from a snapshot, its own or another's. */
    int restores() {
        return restores;
    }

    int committed() {
        return committed;
    }

    Entry entry(int index) {
        return log.get(index);
    }

    long bytesFrom(int index) {
        long bytes = 0;
        for (Entry entry : log.subList(Math.min(index, log.size()), log.size())) {
            for (ByteBuffer piece : entry.bytes()) {
                bytes += piece.remaining();
            }
        }
        return bytes;
    }

    /** The latest snapshot that some peer has published; null when there is none. */
    ModelPeer.@Nullable Snapshot latestSnapshot() {
        ModelPeer.Snapshot latest = null;
        for (ModelPeer peer : peers) {
            ModelPeer.Snapshot candidate = peer.snapshot();
            if (candidate != null && (latest == null || candidate.next() > latest.next())) {
                latest = candidate;
            }
        }
        return latest;
    }

    /** The peer's process begins a life: from its snapshot, knowing of no leader. */
    ModelPeer open(int peer, ReplicatedState state) {
        ModelPeer opened = peers.get(peer);
        if (leader == peer) {
            depose();
        }
        opened.start(state);
        return opened;
    }
}
