package io.weir.launcher.local;

import io.weir.launcher.config.Role;
import io.weir.launcher.config.RoleSet;
import java.util.Set;

/**
 * How many nodes a local cluster has: so many that do everything, or so many each that keep the metadata, that keep the
 * log, and that serve clients and tables. They are numbered in this order.
 */
public sealed interface LocalSize {
    /** A bound on processes of one machine. */
    int MOST_NODES = 32;

    int nodes();

    /** Of a node, from 1. */
    RoleSet rolesOf(int number);

    /** Every node has every role. */
    record Together(int nodes) implements LocalSize {
        @Override
        public RoleSet rolesOf(int number) {
            return RoleSet.ALL;
        }

        @Override
        public String toString() {
            return Integer.toString(nodes);
        }
    }

    /** Roles apart. */
    record Apart(int metadata, int wal, int gateways) implements LocalSize {
        private static final RoleSet METADATA = new RoleSet(Set.of(Role.METADATA));
        private static final RoleSet WAL = new RoleSet(Set.of(Role.WAL));
        private static final RoleSet GATEWAY = new RoleSet(Set.of(Role.GATEWAY, Role.SINK));

        @Override
        public int nodes() {
            return metadata + wal + gateways;
        }

        @Override
        public RoleSet rolesOf(int number) {
            return number <= metadata ? METADATA : number <= metadata + wal ? WAL : GATEWAY;
        }

        @Override
        public String toString() {
            return metadata + "+" + wal + "+" + gateways;
        }
    }

    /**
     * Reads {@code N}, or {@code METADATA+WAL+GATEWAYS}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    static LocalSize parse(String text) {
        if (!text.matches("\\d{1,4}|\\d{1,4}\\+\\d{1,4}\\+\\d{1,4}")) {
            throw new IllegalArgumentException("'" + text + "' is neither N nor METADATA+WAL+GATEWAYS");
        }
        String[] counts = text.split("\\+", -1);
        LocalSize size = counts.length == 1
                ? new Together(Integer.parseInt(counts[0]))
                : new Apart(Integer.parseInt(counts[0]), Integer.parseInt(counts[1]), Integer.parseInt(counts[2]));
        if (size.nodes() > MOST_NODES) {
            throw new IllegalArgumentException(size.nodes() + " nodes are more than " + MOST_NODES);
        }
        if (size instanceof Apart apart && apart.gateways() < 1) {
            throw new IllegalArgumentException("Without a gateway nobody is served");
        }
        return size;
    }
}
