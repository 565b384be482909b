package io.weir.launcher.config;

import java.nio.file.Path;

/**
 * What the operator said about tables.
 *
 * @param enabled whether topics are tables at all
 * @param store where their files are kept
 */
public record TableSettings(boolean enabled, ObjectStoreLocation store) {
    private static final String DIRECTORY = "tables";

    /** Beside the objects, where nobody said anything: never among them. */
    static ObjectStoreLocation beside(ObjectStoreLocation objects, Path dataDir) {
        return switch (objects) {
            case ObjectStoreLocation.LocalFiles files -> new ObjectStoreLocation.LocalFiles(dataDir.resolve(DIRECTORY));
            case ObjectStoreLocation.Bucket(var bucket, var prefix, var endpoint, var region, var pathStyle) ->
                new ObjectStoreLocation.Bucket(
                        bucket, prefix.isEmpty() ? DIRECTORY : prefix + "-" + DIRECTORY, endpoint, region, pathStyle);
        };
    }
}
