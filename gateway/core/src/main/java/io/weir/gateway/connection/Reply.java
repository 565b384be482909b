package io.weir.gateway.connection;

/**
 * The place of one request's answer. Answers leave in the order of their requests, whatever order they are given in.
 *
 * <p>Threading: any thread; the first answer counts, later ones do nothing.
 */
public interface Reply {
    /** Answers with bytes, which are asked for on the event loop when it is their turn. */
    void send(Outgoing outgoing);

    /** The request wants no answer. */
    void nothing();

    /** Closes the connection instead of answering; earlier requests are answered first. */
    void close(CloseReason reason);
}
