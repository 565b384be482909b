package io.weir.consensus.ratis;

import io.weir.consensus.ConsensusConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.ratis.server.impl.Candidacy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the running part of a group for what the library would leave as it is for ever.
 *
 * <p>Threading: any thread; {@link #look} one, which serves all groups and so must wait for no disk.
 */
final class GroupWatch {
    private static final Logger LOG = LoggerFactory.getLogger(GroupWatch.class);
    /** An election takes one or two, and is tried again until it is won or lost. */
    private static final int CANDIDACY_ELECTION_TIMEOUTS = 6;
    /** For so many looks, two in an election timeout, a leader may be behind what others have fsynced. */
    private static final int MOST_LOOKS_BEHIND = 40;
    /** A part that ends sooner than that is likely to end again. */
    private static final Duration SHORT_LIFE = Duration.ofMinutes(1);
    /** For a part that has ended to be closed, as far as that can be waited for. */
    private static final Duration LONGEST_END = Duration.ofSeconds(5);
    /** Of a replica that was removed, and may be added again. */
    private static final Duration PAUSE_OF_REMOVED = Duration.ofMinutes(1);

    private final String group;
    private final GroupFiles files;
    private final GroupHealth health;
    private final ConsensusConfig config;
    private final Supplier<@Nullable RunningGroup> running;
    private volatile Duration pause = Duration.ZERO;
    private volatile long endedNanos;
    private @Nullable RunningGroup seen;
    private long seenFlushed;
    private int looksWithoutChange;
    private boolean hangs;
    private CompletableFuture<Void> turns = CompletableFuture.completedFuture(null);

    /**
     * Of one group.
     *
     * @param running its part, if that has not been ended here
     */
    GroupWatch(
            String group,
            GroupFiles files,
            GroupHealth health,
            ConsensusConfig config,
            Supplier<@Nullable RunningGroup> running) {
        this.group = group;
        this.files = files;
        this.health = health;
        this.config = config;
        this.running = running;
    }

    /** Now and then. */
    void look() {
        RunningGroup now = running.get();
        if (now != null) {
            endCandidacy(now);
            lookAtDisk(now);
        }
    }

    /**
     * Whether the running part has ended though nobody here has ended it, which is told once.
     *
     * @return in which time the group is to be opened again
     */
    Optional<Duration> afterEnd() {
        RunningGroup now = running.get();
        if (now == null || !now.hasEnded() || !now.equals(running.get()) || !health.ended()) {
            return Optional.empty();
        }
        Duration twice = pause.multipliedBy(2);
        Duration longer = twice.compareTo(config.reopenAtMost()) < 0 ? twice : config.reopenAtMost();
        boolean isFirst = pause.isZero() || now.age().compareTo(SHORT_LIFE) >= 0;
        pause = isFirst ? config.reopenAfter() : longer;
        endedNanos = System.nanoTime();
        return Optional.of(pause);
    }

    /**
     * Just before the group is opened again, when it is known why its part has ended.
     *
     * @param waited the pause before that
     * @return the pause that must still come, if the group is not to be opened yet
     */
    Optional<Duration> beforeOpening(Duration waited) {
        RunningGroup now = running.get();
        if (now == null || !now.hasEnded()) {
            return Optional.empty();
        }
        if (now.isEnding() && System.nanoTime() - endedNanos < LONGEST_END.toNanos()) {
            return Optional.of(waited);
        }
        if (!now.machine().isRemoved()) {
            // What ended it may have been a write that failed without a word.
            files.logFailed();
            return Optional.empty();
        }
        // It would be told so again, after all that opening a group costs.
        health.removed();
        return waited.compareTo(PAUSE_OF_REMOVED) < 0 ? Optional.of(PAUSE_OF_REMOVED) : Optional.empty();
    }

    /** Whose election has ended by an error would never stand again: see {@link Candidacy}. */
    private void endCandidacy(RunningGroup now) {
        Duration longest = config.electionTimeout().multipliedBy(CANDIDACY_ELECTION_TIMEOUTS);
        if (turns.isDone() && now.isCandidateFor(longest)) {
            inTurn("end-candidacy", () -> now.endCandidacyAfter(longest));
        }
    }

    /**
     * A leader whose disk hangs commits nothing, and its followers, who go on hearing from it, elect nobody else: it
     * steps down, and does not stand until its disk has taken something.
     */
    private void lookAtDisk(RunningGroup now) {
        long flushed = now.syncedUpTo();
        if (now.equals(seen) && flushed == seenFlushed && (hangs || now.isBehindAFollower())) {
            looksWithoutChange++;
            if (looksWithoutChange == MOST_LOOKS_BEHIND) {
                hangs = true;
                health.diskHangs(flushed);
                inTurn("step-down", now::stepDown);
            }
            return;
        }
        if (hangs && now.equals(seen)) {
            health.diskWorks();
            inTurn("stand-again", now::standAgain);
        }
        hangs = false;
        seen = now;
        seenFlushed = flushed;
        looksWithoutChange = 0;
    }

    /** What may wait for whoever waits for the disk. */
    private void inTurn(String what, Step step) {
        // An error of one, such as that of a thread that could not be started, keeps the next from nothing.
        turns = turns.handle((done, error) -> done)
                .thenRunAsync(
                        () -> {
                            try {
                                step.run();
                            } catch (IOException | RuntimeException e) {
                                LOG.atWarn()
                                        .addKeyValue("group", group)
                                        .setCause(e)
                                        .log("Not done in order: {}", what);
                            }
                        },
                        GroupSnapshots.threads(group, what));
    }

    /** Of the library's. */
    private interface Step {
        void run() throws IOException;
    }
}
