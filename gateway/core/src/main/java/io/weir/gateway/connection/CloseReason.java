package io.weir.gateway.connection;

import java.util.Locale;

/** Why a connection ended. */
public enum CloseReason {
    /** The client closed it. */
    CLIENT,
    /** The client sent something that is no request of the protocol. */
    MALFORMED,
    /** A frame is over the limit. */
    FRAME_TOO_LARGE,
    /** The client asked for something that cannot be answered on this connection. */
    REFUSED,
    /** A frame was begun and not finished in time, or nothing was ever sent. */
    HALF_OPEN,
    /** Nothing was received for as long as an idle connection is kept. */
    IDLE,
    /** The client did not take its answers in time. */
    NOT_READING,
    /** There are as many connections as there may be. */
    TOO_MANY,
    /** The metadata is too old to serve clients from. */
    STALE,
    /** The listener drains. */
    DRAINING,
    /** A bug, or the network failed. */
    FAILED;

    /** The metric label and log value. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
