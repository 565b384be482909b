package io.weir.kafka;

import io.weir.gateway.connection.CloseReason;
import io.weir.gateway.connection.Connection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Executor;

/** Stands for a client's connection where none is needed: it has a name and an address, and cannot wait. */
public class NoConnection implements Connection {
    @Override
    public String id() {
        return "c-1";
    }

    @Override
    public InetSocketAddress remote() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);
    }

    @Override
    public Executor loop() {
        return Runnable::run;
    }

    @Override
    public Timer schedule(Duration delay, Runnable work) {
        throw new UnsupportedOperationException("Nothing is scheduled here");
    }

    @Override
    public void close(CloseReason reason) {}
}
