package io.weir.consensus.ratis;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Who leads a group, as this peer hears of it.
 *
 * <p>Threading: any thread. The library tells it from several, which may overtake each other; whoever listens is told
 * in order, under a lock.
 */
final class LeadershipOfGroup {
    private final Consumer<Leadership> listener;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Leadership now = new Leadership.Following();
    private volatile CompletableFuture<Void> leads = new CompletableFuture<>();
    /** The last term in which this peer no longer leads. */
    private long endedTerm = -1;

    LeadershipOfGroup(Consumer<Leadership> listener) {
        this.listener = listener;
    }

    Leadership now() {
        return now;
    }

    boolean isHere() {
        return now instanceof Leadership.Leading;
    }

    /** Another peer that leads, if one is known. */
    Optional<Leader> leader() {
        return now instanceof Leadership.Following(Optional<Leader> known) ? known : Optional.empty();
    }

    /** Completes once this peer leads and has replayed its log; exceptionally when its log fails before that. */
    CompletableFuture<Void> leads() {
        return leads;
    }

    /** An attempt to open the group begins. */
    void opening() {
        if (leads.isDone()) {
            leads = new CompletableFuture<>();
        }
    }

    /** This peer leads. */
    void leading(long term) {
        moveTo(new Leadership.Leading(term));
        leads.complete(null);
    }

    /** This peer leads neither in a term nor in an earlier one. */
    void following(long term, Optional<Leader> leader) {
        lock.lock();
        try {
            endedTerm = Math.max(endedTerm, term);
            boolean isOld = switch (now) {
                case Leadership.Leading(long later) -> later > term;
                // That nobody is known is heard after who it is when this peer has just stopped to lead.
                case Leadership.Following(Optional<Leader> known) ->
                    known.isPresent()
                            && (known.get().term() > term || (known.get().term() == term && leader.isEmpty()));
            };
            if (!isOld) {
                moveTo(new Leadership.Following(leader));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nothing runs here any more, or not for now. */
    void none() {
        moveTo(new Leadership.Following());
    }

    private void moveTo(Leadership next) {
        lock.lock();
        try {
            boolean isOver = next instanceof Leadership.Leading(long term) && term <= endedTerm;
            if (!isOver && !now.equals(next)) {
                now = next;
                if (next instanceof Leadership.Following && leads.isDone()) {
                    leads = new CompletableFuture<>();
                }
                listener.accept(next);
            }
        } finally {
            lock.unlock();
        }
    }
}
