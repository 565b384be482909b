package io.weir.consensus.ratis;

import io.weir.contracts.consensus.Leadership;

/** The contract, at a peer of a group of three that another one leads. */
class FollowerContractTest extends SeveralPeersContractTest {
    @Override
    protected int leader() {
        return 2;
    }

    @Override
    protected boolean isReady(Leadership leadership) {
        return leadership instanceof Leadership.Following following
                && following.leader().isPresent();
    }
}
