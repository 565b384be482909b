package io.weir.consensus.ratis;

import io.weir.consensus.ratis.forward.Applicant;
import io.weir.consensus.ratis.forward.PeerChannels;
import io.weir.contracts.consensus.Peer;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * A group on a peer that may follow: what it asks of the leader (ADR 8), to be admitted first of all.
 *
 * <p>Threading: any thread.
 */
final class FollowerSide extends LeaderElsewhere {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

    private final Applicant applicant;
    private final RatisGroup group;
    private final Peer self;
    private final Duration patience;

    /** Of a group, which knows who leads it and how to reach that peer. */
    FollowerSide(RatisGroup group, Peer replica, List<Peer> contacts, PeerChannels channels, Duration patience) {
        super(
                group.name(),
                replica.id(),
                channels,
                group::leadership,
                group::peer,
                () -> group.applied().index(),
                patience);
        this.group = group;
        this.self = replica;
        this.patience = patience;
        this.applicant =
                new Applicant(group.name(), replica, channels, () -> others(group, replica, contacts), FIRST_PAUSE);
    }

    /** Whoever is in the newest configuration that is known here, and who may know of it: nobody at this address. */
    private static List<Peer> others(RatisGroup group, Peer self, List<Peer> contacts) {
        return Stream.concat(group.peers(), contacts.stream())
                .filter(peer -> !peer.id().node().equals(self.id().node()))
                .toList();
    }

    /** Whom it talks to, beside the group's peers. */
    Stream<Peer> reached() {
        return applicant.reached();
    }

    @Override
    void tick() {
        RunningGroup running = group.running();
        if (running != null) {
            applicant.tick(
                    group.peers().anyMatch(peer -> peer.id().equals(self.id())),
                    running.silence().compareTo(patience) < 0);
        }
        super.tick();
    }
}
