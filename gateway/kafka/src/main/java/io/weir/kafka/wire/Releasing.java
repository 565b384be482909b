package io.weir.kafka.wire;

/** A response that holds something until it is written, or given up. */
public interface Releasing {
    /** Lets go of it; called once. */
    void release();
}
