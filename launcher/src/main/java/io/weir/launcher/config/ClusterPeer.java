package io.weir.launcher.config;

/**
 * A node that others depend on.
 *
 * @param address where it listens for them
 * @param keeps metadata, the log, or both
 */
public record ClusterPeer(HostPort address, RoleSet keeps) {
    private static final String SEPARATOR = "\\+";

    public ClusterPeer {
        if (keeps.roles().isEmpty() || !keeps.kept().equals(keeps)) {
            throw new IllegalArgumentException("A peer keeps metadata, wal, or both, not '" + keeps + "'");
        }
    }

    /** One that keeps everything. */
    public ClusterPeer(HostPort address) {
        this(address, RoleSet.KEEPING);
    }

    /** {@code HOST:PORT} or {@code HOST:PORT/ROLE+ROLE}. */
    static ClusterPeer parse(String text) {
        int slash = text.indexOf('/');
        return slash < 0
                ? new ClusterPeer(HostPort.parse(text))
                : new ClusterPeer(
                        HostPort.parse(text.substring(0, slash)), RoleSet.parse(text.substring(slash + 1), SEPARATOR));
    }

    @Override
    public String toString() {
        return keeps.equals(RoleSet.KEEPING) ? address.toString() : address + "/" + keeps.text("+");
    }
}
