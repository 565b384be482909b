package io.weir.launcher.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Everything that {@code weir serve} was told, checked.
 *
 * @param dataDir absolute
 */
public record ServeConfig(
        Path dataDir,
        RoleSet roles,
        ClusterSettings cluster,
        ListenConfig listen,
        ObjectSettings objects,
        TableSettings tables,
        WalLimits wal,
        LogFormat logFormat) {
    /** Services other than AWS ignore the region, but requests are signed with one. */
    private static final String REGION_OF_OTHER_SERVICES = "us-east-1";

    private static final int MOST_ZONE_CHARS = 64;
    private static final DataSize LEAST_FLUSH = DataSize.ofMebibytes(1);
    private static final DataSize MOST_FLUSH = DataSize.ofMebibytes(1024);

    public ServeConfig {
        if (!dataDir.isAbsolute()) {
            throw new IllegalArgumentException("The data directory must be absolute: " + dataDir);
        }
        cluster.requireFor(roles);
        if (tables.enabled() && tables.store().equals(objects.store())) {
            throw new SettingException("table-store and object-store are both " + objects.store() + ": use two places");
        }
    }

    /** @throws SettingException naming the first setting that cannot be used */
    public static ServeConfig from(Settings settings) {
        RoleSet roles = settings.read(Setting.ROLES, text -> RoleSet.parse(text, ","));
        Path dataDir = dataDir(settings);
        ClusterSettings cluster = ClusterSettings.from(settings);
        Optional<ObjectStoreLocation> given = objectStore(settings);
        if (cluster.isCluster() && roles.needsStreams() && given.isEmpty()) {
            throw new SettingException("object-store: nodes with peers share one, name it: a directory that all of"
                    + " them see, or a bucket");
        }
        ObjectStoreLocation objects =
                given.orElseGet(() -> new ObjectStoreLocation.LocalFiles(dataDir.resolve("objects")));
        ObjectStoreLocation tables = location(settings, Setting.TABLE_STORE)
                .orElseGet(() ->
                        cluster.isCluster() ? TableSettings.beside(objects) : TableSettings.beside(objects, dataDir));
        return new ServeConfig(
                dataDir,
                roles,
                cluster,
                new ListenConfig(
                        settings.read(Setting.KAFKA_LISTEN, HostPort::parse),
                        settings.readIfGiven(Setting.KAFKA_ADVERTISED, HostPort::parse),
                        settings.readIfGiven(Setting.ZONE, ServeConfig::zone),
                        settings.read(Setting.ADMIN_LISTEN, HostPort::parse),
                        settings.read(Setting.S3_LISTEN, HostPort::parse),
                        cluster.exposure()),
                new ObjectSettings(
                        objects,
                        settings.read(
                                Setting.CACHE_BYTES,
                                text -> DataSize.parse(text).between(ObjectSettings.LEAST_CACHE, halfTheHeap())),
                        settings.read(Setting.BACKUP_INTERVAL, DurationText::parse),
                        settings.read(Setting.SCRUB_INTERVAL, DurationText::parse)),
                new TableSettings(
                        settings.read(Setting.TABLES, ServeConfig::flag),
                        tables,
                        settings.readIfGiven(Setting.TABLE_CATALOG, TableCatalogFile::read)),
                new WalLimits(
                        settings.read(Setting.WAL_SHARDS, ServeConfig::count),
                        settings.read(Setting.WAL_MAX_BYTES, DataSize::parse),
                        settings.read(
                                Setting.FLUSH_BYTES,
                                text -> DataSize.parse(text).between(LEAST_FLUSH, MOST_FLUSH)),
                        settings.read(Setting.FLUSH_INTERVAL, DurationText::parse)),
                settings.read(Setting.LOG_FORMAT, LogFormat::parse));
    }

    /** The data directory alone. */
    public static Path dataDir(Settings settings) {
        return settings.read(Setting.DATA_DIR, ServeConfig::directory);
    }

    /** Where segments are kept, if somebody says so. */
    public static Optional<ObjectStoreLocation> objectStore(Settings settings) {
        return location(settings, Setting.OBJECT_STORE);
    }

    private static Optional<ObjectStoreLocation> location(Settings settings, Setting setting) {
        ObjectStoreLocation.S3Access s3 = s3(settings);
        return settings.readIfGiven(setting, text -> ObjectStoreLocation.parse(text, s3));
    }

    private static DataSize halfTheHeap() {
        return new DataSize(Runtime.getRuntime().maxMemory() / 2);
    }

    private static ObjectStoreLocation.S3Access s3(Settings settings) {
        Optional<URI> endpoint = settings.readIfGiven(Setting.S3_ENDPOINT, ServeConfig::endpoint);
        Optional<String> region = settings.readIfGiven(Setting.S3_REGION, ServeConfig::notBlank)
                .or(() -> Optional.ofNullable(System.getenv("AWS_REGION")))
                .or(() -> endpoint.map(other -> REGION_OF_OTHER_SERVICES));
        return new ObjectStoreLocation.S3Access(
                endpoint, region, settings.read(Setting.S3_PATH_STYLE, ServeConfig::flag));
    }

    private static Path directory(String text) {
        return Path.of(notBlank(text)).toAbsolutePath().normalize();
    }

    private static String notBlank(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("The value is empty");
        }
        return text.strip();
    }

    private static String zone(String text) {
        String zone = notBlank(text);
        if (zone.length() > MOST_ZONE_CHARS) {
            throw new IllegalArgumentException("A zone's name has at most " + MOST_ZONE_CHARS + " characters");
        }
        return zone;
    }

    private static int count(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("'" + text + "' is not a whole number");
        }
    }

    private static URI endpoint(String text) {
        URI uri = URI.create(notBlank(text));
        new ObjectStoreLocation.S3Access(Optional.of(uri), Optional.empty(), false);
        return uri;
    }

    static boolean flag(String text) {
        return switch (text.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
        };
    }
}
