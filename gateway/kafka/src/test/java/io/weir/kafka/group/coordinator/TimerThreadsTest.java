package io.weir.kafka.group.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TimerThreadsTest {
    /** One that is made when it is first needed may be one that cannot be made just then. */
    @Test
    void aCoordinatorHasTheThreadsOfItsTimersBeforeItIsStarted() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();

        try (GroupsFixture groups = new GroupsFixture()) {
            Set<Thread> made = new HashSet<>(Thread.getAllStackTraces().keySet());
            made.removeAll(before);

            assertThat(groups.coordinator).isNotNull();
            assertThat(made)
                    .extracting(Thread::getName)
                    .contains("weir-groups", "weir-groups-reaper", "executor-weir-groups-timer");
        }
    }
}
