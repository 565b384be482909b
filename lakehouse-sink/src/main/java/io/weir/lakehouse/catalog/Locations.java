package io.weir.lakehouse.catalog;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.table.TableImage;
import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.storage.Warehouse;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.BadRequestException;
import org.jspecify.annotations.Nullable;

/**
 * Where tables may lie: each below a location of its own in the warehouse, so that a table that is dropped can be
 * deleted as a whole: {@code WAREHOUSE/TENANT/NAMESPACE/TABLE}.
 *
 * <p>Threading: immutable.
 */
record Locations(Warehouse warehouse, TenantId tenant) {
    /** Room for the names of files and partitions below it. */
    private static final int MAX_KEY_CHARS = ObjectKey.MAX_CHARS - 192;

    private static final int NAME_CHARS = 100;

    /** Tenant, namespace and table: what is less would have other tables' locations in it. */
    private static final int LEAST_PARTS = 3;

    private static final List<String> PATHS = List.of(
            TableProperties.WRITE_DATA_LOCATION,
            TableProperties.WRITE_METADATA_LOCATION,
            "write.object-storage.path",
            "write.folder-storage.path");

    /** A place that nobody else has. The names in it are for people: what no key can hold is replaced. */
    String fresh(TableIdentifier identifier) {
        String key = tenant + "/" + legible(identifier.namespace().level(0)) + "/" + legible(identifier.name()) + "-"
                + UUID.randomUUID();
        return warehouse.location(new ObjectKey(key));
    }

    private static String legible(String name) {
        String legal = name.replaceAll("[^A-Za-z0-9._=-]", "_");
        String part = legal.length() > NAME_CHARS ? legal.substring(0, NAME_CHARS) : legal;
        return part.equals(".") || part.equals("..") ? "_" : part;
    }

    /**
     * Refuses a commit whose table would have files elsewhere than below its own location.
     *
     * @param base null for a new table
     * @throws BadRequestException saying what is wrong
     */
    void check(@Nullable TableMetadata base, TableMetadata metadata, TableImage image) {
        String location = metadata.location();
        if (base == null) {
            checkNew(location, image);
        } else if (!location.equals(base.location())) {
            throw new BadRequestException(
                    "A table's location cannot be changed: from %s to %s", base.location(), location);
        }
        for (String path : PATHS) {
            String value = metadata.properties().get(path);
            if (value != null && !value.startsWith(location + "/")) {
                throw new BadRequestException(
                        "The property %s must be below the table's location %s, not %s", path, location, value);
            }
        }
    }

    private void checkNew(String location, TableImage image) {
        String key = warehouse.keyIfLegal(location).map(ObjectKey::value).orElse("");
        String[] parts = key.split("/", -1);
        if (parts.length < LEAST_PARTS || !parts[0].equals(tenant.toString())) {
            throw new BadRequestException(
                    "The location %s is not one: %s/%s/NAMESPACE/TABLE is, or leave it out",
                    location, warehouse.root(), tenant);
        }
        int keyChars = key.length();
        if (keyChars > MAX_KEY_CHARS) {
            throw new BadRequestException(
                    "The location %s is %s characters too long", location, keyChars - MAX_KEY_CHARS);
        }
        Stream.concat(
                        image.tables().stream().map(TablePointer::location),
                        image.dropped().stream().map(TableImage.DroppedTable::location))
                .filter(other -> overlap(location, other))
                .findAny()
                .ifPresent(other -> {
                    throw new BadRequestException("The location %s overlaps another table's, %s", location, other);
                });
    }

    private static boolean overlap(String one, String other) {
        return (one + "/").startsWith(other + "/") || (other + "/").startsWith(one + "/");
    }
}
