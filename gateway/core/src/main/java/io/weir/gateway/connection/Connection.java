package io.weir.gateway.connection;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Executor;

/** One client's connection. Threading: any thread. */
public interface Connection {
    /** Distinguishes it in logs. */
    String id();

    InetSocketAddress remote();

    /** Runs work on the connection's event loop: at once when called from there. */
    Executor loop();

    /** Runs work on the event loop after a while. */
    Timer schedule(Duration delay, Runnable work);

    void close(CloseReason reason);

    /** Work that can be called off. */
    interface Timer {
        void cancel();
    }
}
