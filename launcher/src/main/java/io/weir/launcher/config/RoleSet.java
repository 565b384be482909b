package io.weir.launcher.config;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** The roles of one process, or those of a peer that concern the others: what it keeps. */
public record RoleSet(Set<Role> roles) {
    /** A process that does everything. */
    public static final RoleSet ALL = new RoleSet(EnumSet.allOf(Role.class));

    /** What peers have on their disks. */
    static final RoleSet KEEPING = new RoleSet(EnumSet.of(Role.METADATA, Role.WAL));

    private static final String EVERYTHING = "all";

    public RoleSet {
        roles = Set.copyOf(roles);
    }

    /** @throws IllegalArgumentException naming what is no role */
    static RoleSet parse(String text, String separator) {
        if (text.strip().equals(EVERYTHING)) {
            return ALL;
        }
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String word : text.strip().split("\\s*" + separator + "\\s*", -1)) {
            roles.add(role(word));
        }
        return new RoleSet(roles);
    }

    private static Role role(String word) {
        for (Role role : Role.values()) {
            if (role.label().equals(word)) {
                return role;
            }
        }
        throw new IllegalArgumentException("Unknown role '" + word + "'; they are "
                + EnumSet.allOf(Role.class).stream().map(Role::label).collect(Collectors.joining(", "))
                + ", or " + EVERYTHING);
    }

    public boolean has(Role role) {
        return roles.contains(role);
    }

    /** Whether it speaks to clients or makes tables: what both need is there. */
    public boolean servesTables() {
        return has(Role.GATEWAY) || has(Role.SINK);
    }

    /** Whether it works with what streams hold. */
    public boolean needsStreams() {
        return has(Role.WAL) || servesTables();
    }

    /** Those of them that the other nodes depend on. */
    public RoleSet kept() {
        Set<Role> kept = EnumSet.noneOf(Role.class);
        kept.addAll(roles);
        kept.retainAll(KEEPING.roles);
        return new RoleSet(kept);
    }

    String text(String separator) {
        return equals(ALL)
                ? EVERYTHING
                : roles.stream().sorted().map(Role::label).collect(Collectors.joining(separator));
    }

    @Override
    public String toString() {
        return text(",");
    }
}
