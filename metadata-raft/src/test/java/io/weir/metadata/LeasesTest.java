package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.MetadataRecord;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeasesTest {
    private static final NodeId SELF = new NodeId(0);
    private static final NodeId OTHER = new NodeId(1);

    private final Leases leases = new Leases(SELF, Duration.ofNanos(100));
    private final ClusterImage both =
            ClusterImage.EMPTY.evolve(registered(SELF, 1)).evolve(registered(OTHER, 2));

    @Test
    void theLeaderHasNoCountdown() {
        leases.lead(ClusterImage.EMPTY.evolve(registered(SELF, 1)), 0);
        assertThat(leases.untilNext(0)).isEmpty();
        assertThat(leases.expired(1_000_000)).isEmpty();
    }

    @Test
    void aSilentNodeExpires() {
        leases.lead(both, 0);
        assertThat(leases.untilNext(30)).hasValue(70);
        assertThat(leases.expired(99)).isEmpty();
        assertThat(leases.expired(100)).containsExactly(new Leases.Expiry(OTHER, 2));
        assertThat(leases.untilNext(100)).as("tried again a lease later").hasValue(100);
    }

    @Test
    void aRenewalCountsFromWhenItWasSent() {
        leases.lead(both, 0);
        leases.renew(OTHER, 60);
        leases.renew(new NodeId(9), 60);
        assertThat(leases.expired(159)).isEmpty();
        assertThat(leases.expired(160)).hasSize(1);
    }

    @Test
    void aNodeWhoseConnectionEndedHasHalfALeaseToBeHeardOf() {
        leases.lead(both, 0);
        leases.shorten(OTHER, 10);
        leases.shorten(new NodeId(9), 10);
        assertThat(leases.expired(59)).isEmpty();
        assertThat(leases.expired(60)).containsExactly(new Leases.Expiry(OTHER, 2));
    }

    @Test
    void aNodeThatIsHeardOfOverAnotherConnectionKeepsItsLease() {
        leases.lead(both, 0);
        leases.shorten(OTHER, 10);
        leases.renew(OTHER, 50);
        assertThat(leases.expired(149)).isEmpty();
        assertThat(leases.expired(150)).hasSize(1);
    }

    @Test
    void anEndedConnectionNeverMakesALeaseLonger() {
        leases.lead(both, 0);
        leases.shorten(OTHER, 90);
        assertThat(leases.expired(100)).hasSize(1);
    }

    @Test
    void aNewLeaderStartsEveryCountdownAnew() {
        leases.lead(both, 0);
        leases.resign();
        assertThat(leases.expired(1000)).isEmpty();
        leases.lead(both, 1000);
        assertThat(leases.expired(1099)).isEmpty();
        assertThat(leases.expired(1100)).hasSize(1);
    }

    @Test
    void aNewRegistrationStartsItsOwnCountdownAndOthersGoOn() {
        leases.lead(both, 0);
        ClusterImage again = both.evolve(registered(OTHER, 7)).evolve(registered(new NodeId(2), 8));
        leases.follow(again, 50);
        leases.follow(again, 90);
        assertThat(leases.expired(149)).isEmpty();
        assertThat(leases.expired(150))
                .containsExactlyInAnyOrder(new Leases.Expiry(OTHER, 7), new Leases.Expiry(new NodeId(2), 8));
        leases.follow(both.evolve(new MetadataRecord.NodeRemoved(OTHER)), 160);
        assertThat(leases.untilNext(160)).isEmpty();
    }

    @Test
    void survivesAClockThatWrapsAround() {
        long nearEnd = Long.MAX_VALUE - 50;
        leases.lead(both, nearEnd);
        assertThat(leases.expired(nearEnd + 99)).isEmpty();
        assertThat(leases.expired(nearEnd + 100)).hasSize(1);
    }

    private static MetadataRecord registered(NodeId node, long registration) {
        return new MetadataRecord.NodeRegistered(new ClusterNode(node, "host", 1), registration);
    }
}
