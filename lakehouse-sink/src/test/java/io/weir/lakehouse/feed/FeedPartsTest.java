package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.OffsetRange;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Memory in turns, the list of gaps, and when ends were seen. */
class FeedPartsTest {
    @Test
    void memoryGoesToWhoeverWaitsLongest() {
        // Given
        WriterMemory memory = new WriterMemory(20);
        assertThat(memory.begin("a", 10)).isZero();
        assertThat(memory.more(10)).isTrue();

        // Then nothing is left, and two wait in line
        assertThat(memory.begin("b", 10)).isEqualTo(1);
        assertThat(memory.begin("c", 10)).isEqualTo(2);
        assertThat(memory.wanted()).isTrue();
        memory.giveBack(10);
        assertThat(memory.more(10)).as("more for one that has some").isFalse();
        assertThat(memory.begin("c", 10)).as("before its turn").isEqualTo(2);
        assertThat(memory.begin("b", 10)).isZero();
        assertThat(memory.begin("c", 10)).isEqualTo(1);
        memory.leave("c");
        assertThat(memory.wanted()).isFalse();
        memory.giveBack(20);
        assertThat(memory.used()).isZero();
        assertThatThrownBy(() -> memory.giveBack(1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void memoryIsNeverMoreThanThereIs() {
        WriterMemory memory = new WriterMemory(20);
        assertThat(memory.begin("a", 20)).isZero();
        assertThat(memory.more(1)).isFalse();
        memory.giveBack(20);
        assertThat(memory.begin("a", 21)).isEqualTo(1);
    }

    @Test
    void gapsOfAPartitionAreAListAndTheOldestAreJoinedBeyondItsBound() {
        // Given
        Map<String, String> properties = new HashMap<>();
        for (int i = 0; i < Gaps.MOST; i++) {
            add(properties, 10L * i, 10L * i + 5);
        }
        assertThat(properties.get("weir.gap.3")).startsWith("0..5,10..15,").endsWith("150..155");

        // When
        add(properties, 160, 165);

        // Then
        assertThat(properties.getOrDefault("weir.gap.3", "").split(",", -1)).hasSize(Gaps.MOST);
        assertThat(properties.get("weir.gap.3")).startsWith("0..15,20..25,").endsWith(",160..165");
    }

    @Test
    void whatAUserHasWrittenAmongTheGapsIsLeftOut() {
        // Given
        Map<String, String> properties = new HashMap<>(Map.of("weir.gap.3", "mine,".repeat(Gaps.MOST) + "5..10"));

        // When
        add(properties, 20, 30);

        // Then
        assertThat(properties).containsEntry("weir.gap.3", "5..10,20..30");
    }

    private static void add(Map<String, String> properties, long from, long to) {
        Gaps gaps = new Gaps();
        gaps.add(3, new OffsetRange(from, to));
        properties.putAll(gaps.added(properties));
    }

    @Test
    void whatWaitsHasWaitedSinceItsEndWasFirstSeen() {
        // Given
        EndHistory history = new EndHistory();
        history.seen(100, 10);
        history.seen(200, 10);
        history.seen(300, 20);

        // Then
        assertThat(history.beyond(0)).hasValue(100);
        assertThat(history.beyond(9)).hasValue(100);
        assertThat(history.beyond(10)).hasValue(300);
        assertThat(history.beyond(20)).isEmpty();
    }

    @Test
    void theHistoryIsBoundedAndRatherTooOldThanTooYoung() {
        // Given
        EndHistory history = new EndHistory();
        for (int i = 1; i <= 1_000; i++) {
            history.seen(i, i);
        }

        // Then
        for (int end = 0; end < 1_000; end += 50) {
            assertThat(history.beyond(end).orElseThrow()).isLessThanOrEqualTo(end + 1L);
        }
        assertThat(history.beyond(1_000)).isEmpty();
    }
}
