package org.apache.ratis.grpc.server;

import java.io.IOException;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * Lets Weir reach a peer's connection, whose class Ratis keeps to this package. Nothing of Ratis' is replaced.
 *
 * <p>Threading: any thread.
 */
public final class ConnectBackoff {
    private ConnectBackoff() {}

    /** Has a connection that waits after failures tried again at once; does nothing to one that works. */
    public static void end(GrpcServicesImpl transport, RaftPeerId peer) throws IOException {
        transport.getProxies().getProxy(peer).resetConnectBackoff();
    }
}
