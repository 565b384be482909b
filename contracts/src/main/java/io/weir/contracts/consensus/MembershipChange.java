package io.weir.contracts.consensus;

import java.util.List;
import java.util.Optional;

/** What became of a change of a group's peers. */
public sealed interface MembershipChange {
    /** It is committed: these are the peers. */
    record Done(List<Peer> peers) implements MembershipChange {
        public Done {
            peers = List.copyOf(peers);
        }
    }

    /** Only the leader changes peers. */
    record NotLeader(Optional<Leader> leader) implements MembershipChange {}

    /** Nothing was changed: another change is under way, or the new peer did not catch up. */
    record Refused(String message) implements MembershipChange {}

    /** It may or may not take effect: look at {@link GroupMembership#peers}. */
    record Unknown(String message) implements MembershipChange {}
}
