package io.weir.consensus.ratis;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.ratis.server.impl.Candidacy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the running part of a group for what the library would leave as it is for ever.
 *
 * <p>Threading: one thread, which serves all groups and so must wait for no disk.
 */
final class GroupWatch {
    private static final Logger LOG = LoggerFactory.getLogger(GroupWatch.class);
    /** An election takes one or two, and is tried again until it is won or lost. */
    private static final int CANDIDACY_ELECTION_TIMEOUTS = 6;

    private final String group;
    private final Duration electionTimeout;
    private final Supplier<@Nullable RunningGroup> running;

    GroupWatch(String group, Duration electionTimeout, Supplier<@Nullable RunningGroup> running) {
        this.group = group;
        this.electionTimeout = electionTimeout;
        this.running = running;
    }

    /** Now and then. */
    void look() {
        RunningGroup now = running.get();
        if (now != null) {
            endCandidacy(now);
        }
    }

    /** Whose election has ended by an error would never stand again: see {@link Candidacy}. */
    private void endCandidacy(RunningGroup now) {
        try {
            now.endCandidacyAfter(electionTimeout.multipliedBy(CANDIDACY_ELECTION_TIMEOUTS));
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("group", group).setCause(e).log("A candidacy did not end in order");
        }
    }
}
