package io.weir.kafka.group.coordinator;

import io.weir.contracts.identity.TopicId;

/** Is told of offsets once they are durable, and of those that a cell held when it was loaded. Must not block. */
public interface CommitObserver {
    /** Wants to know nothing. */
    CommitObserver NONE = new CommitObserver() {
        @Override
        public void committed(Position position, TopicId topic, long offset, long commitTimeMs) {}

        @Override
        public void removed(Position position) {}

        @Override
        public void cellLost(int cell) {}
    };

    /** A group's place in a partition, and the cell that keeps it. */
    record Position(int cell, String group, String topic, int partition) {}

    /**
     * An offset was committed.
     *
     * @param topic all zeros when it was not known at the commit
     */
    void committed(Position position, TopicId topic, long offset, long commitTimeMs);

    /** The offset was deleted, or has expired. */
    void removed(Position position);

    /** Nothing is known any more of the groups of this cell. */
    void cellLost(int cell);
}
