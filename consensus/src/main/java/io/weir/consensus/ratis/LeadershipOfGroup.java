package io.weir.consensus.ratis;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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

    private boolean isOpening;
    /** It leads, and cannot be submitted to before its group is open. */
    private Leadership.@Nullable Leading early;

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

    /** An attempt to open the group begins: until it is {@link #opened}, this peer is not told to lead. */
    void opening() {
        lock.lock();
        try {
            isOpening = true;
            early = null;
            if (leads.isDone()) {
                leads = new CompletableFuture<>();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What is submitted gets to the library. */
    void opened() {
        lock.lock();
        try {
            isOpening = false;
            Leadership.Leading meanwhile = early;
            early = null;
            if (meanwhile != null) {
                leading(meanwhile.term());
            }
        } finally {
            lock.unlock();
        }
    }

    /** This peer leads. */
    void leading(long term) {
        lock.lock();
        try {
            if (isOpening) {
                early = new Leadership.Leading(term);
                return;
            }
            moveTo(new Leadership.Leading(term));
            if (isHere()) {
                leads.complete(null);
            }
        } finally {
            lock.unlock();
        }
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
        lock.lock();
        try {
            early = null;
            moveTo(new Leadership.Following());
        } finally {
            lock.unlock();
        }
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
