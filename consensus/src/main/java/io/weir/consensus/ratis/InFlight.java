package io.weir.consensus.ratis;

import io.weir.contracts.failure.FailureCode;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * What a group has submitted and not yet applied, within its bounds.
 *
 * <p>Threading: any thread.
 */
final class InFlight {
    private final Semaphore entries;
    private final Semaphore bytes;
    private final Set<Proposal> proposals = ConcurrentHashMap.newKeySet();

    InFlight(int mostEntries, int mostBytes) {
        this.entries = new Semaphore(mostEntries);
        this.bytes = new Semaphore(mostBytes);
    }

    /**
     * Waits until there is room for an entry of this size.
     *
     * @return false, with nothing taken, when the thread was interrupted
     */
    boolean acquire(int size) {
        try {
            entries.acquire();
            try {
                bytes.acquire(size);
            } catch (InterruptedException e) {
                entries.release();
                throw e;
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void release(int size) {
        entries.release();
        bytes.release(size);
    }

    void add(Proposal proposal) {
        proposals.add(proposal);
    }

    void remove(Proposal proposal) {
        proposals.remove(proposal);
    }

    /** No answer will come from the log any more. */
    void abandon(FailureCode code, String why) {
        for (Proposal proposal : proposals) {
            proposal.abandoned(code, why);
        }
    }
}
