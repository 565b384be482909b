package io.weir.metadata.record;

/**
 * How large the metadata may grow; fixed when the cluster is created, so that every peer decides alike.
 *
 * @param topics most topics, of all tenants together
 * @param streams most streams, of all topics together
 * @param configured most resources other than topics that carry settings
 */
public record Bounds(int topics, long streams, int configured) {
    public Bounds {
        if (topics < 1 || streams < 1 || configured < 1) {
            throw new IllegalArgumentException(
                    "Bounds must be positive: " + topics + " topics, " + streams + " streams, " + configured);
        }
    }
}
