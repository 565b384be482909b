package io.weir.gateway.connection;

import java.nio.ByteBuffer;
import java.util.List;

/** An answer on its way out. */
public interface Outgoing {
    /**
     * The bytes, length and all, to be written one after another; called once, on the event loop. They are not changed
     * until {@link #written}.
     */
    List<ByteBuffer> encode();

    /** The bytes are in the socket, or will never be: whatever was set aside for them is free again. */
    default void written() {}
}
