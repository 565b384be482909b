package io.weir.contracts.http;

/** Everything below one path of the administrative listener. */
public interface HttpResource {
    /** With a leading slash and none at the end, as {@code /iceberg}. */
    String prefix();

    /** Larger bodies are refused with 413 before {@link #answer} is asked. */
    int maxBodyBytes();

    /**
     * Answers one request.
     *
     * <p>Threading: called on a virtual thread of its own, many at a time up to the listener's bound; it may block.
     *
     * @return never an exception for what a client can cause; what is thrown is a bug, and answered with 500
     */
    HttpAnswer answer(HttpQuestion question);
}
