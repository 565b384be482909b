package io.weir.contracts.consensus;

/** A replica and where the others reach it. */
public record Peer(PeerId id, String host, int port) {
    private static final int MOST_PORT = 65_535;

    public Peer {
        if (host.isBlank()) {
            throw new IllegalArgumentException("Peer " + id + " has no host");
        }
        if (port < 1 || port > MOST_PORT) {
            throw new IllegalArgumentException("Port of peer " + id + " must be 1 to " + MOST_PORT + ": " + port);
        }
    }
}
