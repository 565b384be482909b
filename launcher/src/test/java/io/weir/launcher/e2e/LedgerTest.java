package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The crash test's judge must be able to condemn. */
class LedgerTest {
    private static final long A = Ledger.id(1, 1);
    private static final long B = Ledger.id(1, 2);

    private final Ledger.Reading reading = new Ledger.Reading(0, Map.of(0L, A, 1L, B));

    @Test
    void acceptsWhatWasAcknowledgedAndStrangersBetween() {
        reading.read(0, Ledger.value(A));
        reading.read(1, Ledger.value(B));
        reading.read(2, Ledger.value(Ledger.id(2, 7)));
        assertThat(reading.finish()).isEqualTo(2);
    }

    @Test
    void condemnsALostRecord() {
        reading.read(0, Ledger.value(A));
        assertThatThrownBy(reading::finish).hasMessageContaining("1 of 2 acknowledged records are lost");
    }

    @Test
    void condemnsADuplicate() {
        reading.read(0, Ledger.value(A));
        assertThatThrownBy(() -> reading.read(2, Ledger.value(A))).hasMessageContaining("twice");
    }

    @Test
    void condemnsARecordAtAnotherOffset() {
        assertThatThrownBy(() -> reading.read(0, Ledger.value(B))).hasMessageContaining("found " + B);
    }

    @Test
    void condemnsDisorder() {
        Ledger.Reading swapped = new Ledger.Reading(0, Map.of(0L, B, 1L, A));
        swapped.read(0, Ledger.value(B));
        assertThatThrownBy(() -> swapped.read(1, Ledger.value(A))).hasMessageContaining("behind");
    }

    @Test
    void condemnsAFlippedBit() {
        byte[] value = Ledger.value(A);
        value[20] ^= 1;
        assertThatThrownBy(() -> reading.read(0, value)).hasMessageContaining("content");
    }

    @Test
    void condemnsACommitThatWentBack() {
        assertThatThrownBy(() -> Ledger.checkCommitted(Map.of(0, 5L), Map.of(0, 4L)))
                .hasMessageContaining("committed 5");
    }
}
