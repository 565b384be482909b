package io.weir.gateway.connection;

/** A wire protocol, as a listener knows it. */
@FunctionalInterface
public interface Protocol {
    /** Called on the connection's event loop for each client that connects. */
    Session open(Connection connection);

    /** One client's side of the protocol. Threading: called on the connection's event loop only, and never blocks. */
    interface Session {
        /**
         * A whole frame has come, without its length.
         *
         * @param frame the only view of an array of its own, which the session now owns
         * @param reply to be answered once: with bytes, with nothing, or by closing the connection
         */
        void received(java.nio.ByteBuffer frame, Reply reply);

        /** The connection is gone; replies have no effect any more. */
        void closed();
    }
}
