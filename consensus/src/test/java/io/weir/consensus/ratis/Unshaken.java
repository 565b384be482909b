package io.weir.consensus.ratis;

import io.weir.contracts.consensus.LogPosition;
import io.weir.testsupport.consensus.JournalState;
import java.nio.ByteBuffer;
import java.util.List;

/** The state of other replicas: an entry that makes one throw must get as far as that one, and so be committed. */
final class Unshaken extends JournalState {
    @Override
    public Object apply(LogPosition position, List<ByteBuffer> entry) {
        return text(entry).equals("throw") ? "unshaken" : super.apply(position, entry);
    }
}
