package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentEntriesTest {
    private final RecentEntries recent = new RecentEntries();

    private void add(long from, int count, int bytes) {
        for (long index = from; index < from + count; index++) {
            recent.add(FakeReplica.entry(index, List.of(ByteBuffer.allocate(bytes))));
        }
    }

    @Test
    void keepsAsManyAsItMayAndNotOneMore() {
        add(5, RecentEntries.MOST_ENTRIES, 1);
        assertThat(recent.at(5)).isPresent();
        add(5 + RecentEntries.MOST_ENTRIES, 1, 1);
        assertThat(recent.at(5)).isEmpty();
        assertThat(recent.at(6))
                .hasValueSatisfying(it -> assertThat(it.position().index()).isEqualTo(6));
        assertThat(recent.at(5 + RecentEntries.MOST_ENTRIES)).isPresent();
        assertThat(recent.at(6 + RecentEntries.MOST_ENTRIES)).isEmpty();
    }

    @Test
    void keepsAsManyBytesAsItMayAndTheLastWhateverItsSize() {
        int half = (int) RecentEntries.MOST_BYTES / 2;
        add(0, 2, half);
        assertThat(recent.at(0)).isPresent();
        add(2, 1, 1);
        assertThat(recent.at(0)).isEmpty();
        assertThat(recent.at(1)).isPresent();
        add(3, 1, (int) RecentEntries.MOST_BYTES + 1);
        assertThat(recent.at(2)).isEmpty();
        assertThat(recent.at(3)).isPresent();
    }

    @Test
    void beginsAnewBehindAGap() {
        add(0, 10, 1);
        add(20, 2, 1);
        assertThat(recent.at(9)).isEmpty();
        assertThat(recent.at(15)).isEmpty();
        assertThat(recent.at(20)).isPresent();
        assertThat(recent.at(21)).isPresent();
        recent.clear();
        assertThat(recent.at(21)).isEmpty();
        add(22, 1, 1);
        assertThat(recent.at(22)).isPresent();
    }
}
