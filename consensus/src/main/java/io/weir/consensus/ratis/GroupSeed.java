package io.weir.consensus.ratis;

import io.weir.contracts.consensus.LogPosition;
import java.io.IOException;
import java.io.OutputStream;

/**
 * What a group begins with whose log is lost.
 *
 * @param group its name
 * @param position where its log goes on: beyond anything that the lost log can have held, in a later term
 * @param state writes the state, as a snapshot of the group's has it
 */
public record GroupSeed(String group, LogPosition position, State state) {
    public GroupSeed {
        if (position.index() < 0 || position.term() < 1) {
            throw new IllegalArgumentException("Group " + group + " cannot go on at " + position);
        }
    }

    /** Writes a state. */
    @FunctionalInterface
    public interface State {
        void writeTo(OutputStream out) throws IOException;
    }
}
