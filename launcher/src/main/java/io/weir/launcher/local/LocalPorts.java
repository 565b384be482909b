package io.weir.launcher.local;

/**
 * Which ports the nodes of a local cluster listen on: node 1 where a single process does, the others behind it.
 *
 * @param offset added to all, for a second cluster beside the first
 */
public record LocalPorts(int offset) {
    static final String HOST = "127.0.0.1";

    private static final int KAFKA = 9092;
    private static final int ADMIN = 8080;
    private static final int S3 = 8333;
    private static final int CLUSTER = 7400;
    private static final int MOST_OFFSET = 50_000;

    public LocalPorts {
        if (offset < 0 || offset > MOST_OFFSET) {
            throw new IllegalArgumentException("A port offset must be 0 to " + MOST_OFFSET + ": " + offset);
        }
    }

    int kafka(int node) {
        return KAFKA + offset + node - 1;
    }

    int admin(int node) {
        return ADMIN + offset + node - 1;
    }

    int s3(int node) {
        return S3 + offset + node - 1;
    }

    int cluster(int node) {
        return CLUSTER + offset + node;
    }
}
