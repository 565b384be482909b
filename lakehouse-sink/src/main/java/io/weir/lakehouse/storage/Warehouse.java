package io.weir.lakehouse.storage;

import io.weir.contracts.object.ObjectKey;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The URI below which every table's files lie, and how locations map to keys of the table store.
 *
 * <p>Threading: immutable.
 *
 * @param root {@code s3://bucket} or {@code s3://bucket/prefix}, without a slash at the end
 */
public record Warehouse(String root) {
    private static final Pattern LEGAL = Pattern.compile("s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._=-]+)*");

    public Warehouse {
        if (!LEGAL.matcher(root).matches()) {
            throw new IllegalArgumentException("Illegal warehouse '" + root + "': s3://BUCKET[/PREFIX] is wanted");
        }
    }

    /** @param prefix within the bucket, without slashes at its ends; empty for none */
    public static Warehouse of(String bucket, String prefix) {
        return new Warehouse("s3://" + bucket + (prefix.isEmpty() ? "" : "/" + prefix));
    }

    /** The location of an object of the table store. */
    public String location(ObjectKey key) {
        return location(key.value());
    }

    private String location(String key) {
        return root + "/" + key;
    }

    /**
     * The key of the object at a location.
     *
     * @throws IllegalArgumentException when the location is outside the warehouse, or has no legal key
     */
    public ObjectKey key(String location) {
        return new ObjectKey(keyPrefix(location));
    }

    /** The key, when the location has one. */
    public Optional<ObjectKey> keyIfLegal(String location) {
        try {
            return Optional.of(key(location));
        } catch (IllegalArgumentException outside) {
            return Optional.empty();
        }
    }

    /**
     * What the keys of all objects at or below a location begin with.
     *
     * @throws IllegalArgumentException when the location is outside the warehouse
     */
    String keyPrefix(String location) {
        if (!location.startsWith(root + "/")) {
            throw new IllegalArgumentException("Location '" + location + "' is not below the warehouse " + root);
        }
        return location.substring(root.length() + 1);
    }
}
