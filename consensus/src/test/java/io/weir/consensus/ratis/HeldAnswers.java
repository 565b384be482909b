package io.weir.consensus.ratis;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.CodeInjectionForTesting;

/** Followers that take entries, and answer when they are told to. */
final class HeldAnswers {
    /** Where a follower has put a message's entries into its log, and does not answer yet. */
    private static final String TAKEN = "RaftServerImpl.appendEntries.logComplete";

    private HeldAnswers() {}

    /**
     * From the next entry on.
     *
     * @param until when they may answer
     * @return counted down when all have that entry
     */
    static CountDownLatch by(Peers<?> peers, int leader, CountDownLatch until, int... numbers) throws IOException {
        Map<String, RaftServer.Division> followers = new HashMap<>();
        for (int follower : numbers) {
            followers.put(peers.nameOf(follower).toString(), peers.division(follower));
        }
        long next = peers.division(leader).getRaftLog().getNextIndex();
        CountDownLatch taken = new CountDownLatch(followers.size());
        CodeInjectionForTesting.put(TAKEN, (local, remote, arguments) -> {
            RaftServer.Division follower = followers.get(local.toString());
            if (follower == null || follower.getRaftLog().getNextIndex() <= next) {
                return false;
            }
            taken.countDown();
            return awaited(until);
        });
        return taken;
    }

    /** No follower does any more. */
    static void end() {
        CodeInjectionForTesting.remove(TAKEN);
    }

    /** What holds up whatever is told to call it. */
    static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
