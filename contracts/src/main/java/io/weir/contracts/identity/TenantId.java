package io.weir.contracts.identity;

import java.util.regex.Pattern;

/**
 * The unit of isolation, billing and quota; every topic, group and principal lives inside one.
 *
 * @param name 1 to 64 of {@code [a-z0-9-]}, so that it can be a DNS label and part of an object key
 */
public record TenantId(String name) {
    private static final Pattern LEGAL = Pattern.compile("[a-z0-9-]{1,64}");

    /** The tenant of a process that has no others. */
    public static final TenantId DEFAULT = new TenantId("default");

    public TenantId {
        if (!LEGAL.matcher(name).matches()) {
            throw new IllegalArgumentException("Illegal tenant name '" + name + "': use 1 to 64 of a-z, 0-9 and '-'");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
