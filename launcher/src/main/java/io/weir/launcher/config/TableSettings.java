package io.weir.launcher.config;

import io.weir.lakehouse.mirror.MirrorConfig;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the operator said about tables.
 *
 * @param enabled whether topics are tables at all
 * @param store where their files are kept
 * @param catalog another one that they are shown in
 */
public record TableSettings(boolean enabled, ObjectStoreLocation store, Optional<MirrorConfig> catalog) {
    private static final String DIRECTORY = "tables";

    public TableSettings {
        if (!enabled && catalog.isPresent()) {
            throw new SettingException("table-catalog needs tables: true");
        }
    }

    /** Beside the objects, where nobody said anything: never among them. */
    static ObjectStoreLocation beside(ObjectStoreLocation objects, Path dataDir) {
        return switch (objects) {
            case ObjectStoreLocation.LocalFiles files -> new ObjectStoreLocation.LocalFiles(dataDir.resolve(DIRECTORY));
            case ObjectStoreLocation.Bucket bucket -> beside(bucket);
        };
    }

    /** The same where several nodes must see them: a data directory is one node's. */
    static ObjectStoreLocation beside(ObjectStoreLocation objects) {
        return switch (objects) {
            case ObjectStoreLocation.LocalFiles(Path directory) ->
                new ObjectStoreLocation.LocalFiles(directory.resolveSibling(directory.getFileName() + "-" + DIRECTORY));
            case ObjectStoreLocation.Bucket(var bucket, var prefix, var endpoint, var region, var pathStyle) ->
                new ObjectStoreLocation.Bucket(
                        bucket, prefix.isEmpty() ? DIRECTORY : prefix + "-" + DIRECTORY, endpoint, region, pathStyle);
        };
    }
}
