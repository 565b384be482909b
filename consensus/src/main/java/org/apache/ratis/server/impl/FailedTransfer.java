package org.apache.ratis.server.impl;

import org.apache.ratis.server.RaftServer;

/**
 * Lets Weir end a transfer of leadership that has failed. Where the request to the next leader fails at once, as it
 * does when that has just ended, Ratis says so and goes on refusing entries: for as long as that leader leads, since
 * nothing else ends the transfer. Nothing of Ratis' is replaced.
 *
 * <p>Threading: any thread.
 */
public final class FailedTransfer {
    private FailedTransfer() {}

    /** Once every transfer has its answer; one that begins in that moment fails. */
    public static void end(RaftServer.Division leader) {
        ((RaftServerImpl) leader)
                .getTransferLeadership()
                .complete(new TransferLeadership.Result(
                        TransferLeadership.Result.Type.FAILED_TO_START, "one before it is over"));
    }
}
