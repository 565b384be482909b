package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.consensus.SimulatedConsensus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotScheduleTest {
    private static final int LEAST_BYTES = 1000;

    private final List<Runnable> begun = new ArrayList<>();
    private boolean withoutThread = true;

    /** Who applies an entry tells of it: the state would count as broken. */
    @Test
    void aSnapshotForWhichNoThreadCanBeMadeIsTakenSomeEntriesLater() {
        try (SimulatedConsensus consensus = SimulatedConsensus.automatic()) {
            SnapshotSchedule schedule =
                    new SnapshotSchedule("journal", LEAST_BYTES, new SimpleMeterRegistry(), this::begin);
            schedule.start(consensus.open("journal", new JournalState()));

            schedule.applied(LEAST_BYTES);
            assertThat(begun).isEmpty();

            withoutThread = false;
            schedule.applied(LEAST_BYTES);
            assertThat(begun).hasSize(1);
        }
    }

    private void begin(Runnable work) {
        if (withoutThread) {
            throw new OutOfMemoryError("unable to create native thread: asked for by the test");
        }
        begun.add(work);
    }
}
