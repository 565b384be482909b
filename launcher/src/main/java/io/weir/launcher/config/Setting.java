package io.weir.launcher.config;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One setting of {@code weir serve}. The same key is a flag ({@code --data-dir}), an entry of the file
 * ({@code data-dir:}) and a variable ({@code WEIR_DATA_DIR}).
 */
public enum Setting {
    DATA_DIR("data-dir", "DIR", "./data", "Where everything that must survive is kept. One process at a time uses it."),
    ROLES(
            "roles",
            "ROLE,…",
            "all",
            "What this process does: metadata, wal, gateway, sink, or all. Fewer than all need peers, which name the"
                    + " nodes that keep metadata or the log."),
    NODE_ID(
            "node-id",
            "N",
            "1",
            "This process's number among the cluster's, 1 or more, a gateway's too: clients know it as a broker's id."
                    + " It never changes."),
    PEERS(
            "peers",
            "N=HOST:PORT,…",
            null,
            "The nodes that keep metadata and the log, and where each listens for the others, the same list on every"
                    + " node: 3, 5 or 7. N=HOST:PORT/metadata and N=HOST:PORT/wal keep one of the two; then there are"
                    + " 1, 3, 5 or 7 of each. A node of neither role is not in it, and may be"
                    + " told dns:NAME:PORT instead (or dns:NAME:PORT/wal): it asks every address that the name stands"
                    + " for, and looks it up again when none answers.",
            "none: this process is alone"),
    CLUSTER_LISTEN(
            "cluster-listen",
            "HOST:PORT",
            null,
            "Where the other nodes connect, if that is not what they are told. Loopback only, unless insecure.",
            "as peers says of this node"),
    ZONE(
            "zone",
            "NAME",
            null,
            "What fails together with this process, and is near to it: a data centre or a rack. Consumers with the same"
                    + " client.rack read from nodes in it.",
            "none"),
    KAFKA_LISTEN(
            "kafka-listen",
            "HOST:PORT",
            "127.0.0.1:9092",
            "Where Kafka clients connect. Loopback only, unless insecure; port 0 picks a free one."),
    KAFKA_ADVERTISED(
            "kafka-advertised",
            "HOST:PORT",
            null,
            "What Kafka clients are told to connect to, where that differs from the address listened on.",
            "as kafka-listen"),
    ADMIN_LISTEN(
            "admin-listen",
            "HOST:PORT",
            "127.0.0.1:8080",
            "Where /health/live, /health/ready, /metrics, the schema registry at /registry, the catalog at /iceberg and"
                    + " what ./weir table and cluster ask at /tables and /cluster are served. Loopback only, unless"
                    + " insecure; port 0 picks a free one."),
    INSECURE(
            "insecure",
            "true|false",
            "false",
            "Whether kafka-listen, admin-listen and cluster-listen may be other than loopback addresses. There are no"
                    + " credentials yet: whoever can connect may read and write everything. As a flag alone it means"
                    + " true."),
    OBJECT_STORE(
            "object-store",
            "URI",
            null,
            "Where segments are kept: file:DIR, or s3://BUCKET/PREFIX with the credentials that the AWS SDK finds"
                    + " by itself (environment, profile, instance).",
            "file:DATA-DIR/objects"),
    S3_ENDPOINT("s3-endpoint", "URL", null, "Another service than AWS that speaks S3.", "AWS's own"),
    S3_REGION("s3-region", "REGION", null, "The bucket's region.", "AWS_REGION, or us-east-1 with s3-endpoint"),
    S3_PATH_STYLE(
            "s3-path-style",
            "true|false",
            "false",
            "Whether the bucket's name goes into the path instead of the host name. As a flag alone it means true."),
    TABLES(
            "tables",
            "true|false",
            "true",
            "Whether topics are tables: the catalog at /iceberg, what feeds the tables, and the S3 endpoint for their"
                    + " files. As a flag alone it means true."),
    TABLE_STORE(
            "table-store",
            "URI",
            null,
            "Where tables' files are kept: file:DIR, or s3://BUCKET/PREFIX with the same access as object-store.",
            "file:DATA-DIR/tables; beside the object store, with -tables behind its name, in a bucket or with peers"),
    TABLE_CATALOG(
            "table-catalog",
            "FILE",
            null,
            "Another Iceberg catalog that topics' tables are shown in: a file of lines KEY=VALUE, the properties of"
                    + " Iceberg's CatalogUtil (type, uri, …) and catalog-name.",
            "none"),
    S3_LISTEN(
            "s3-listen",
            "HOST:PORT",
            "127.0.0.1:8333",
            "Where SQL engines read and write the files of tables that are kept in a directory. Loopback only; port 0"
                    + " picks a free one."),
    FLUSH_BYTES(
            "flush-bytes",
            "SIZE",
            "64MiB",
            "How much a shard's tail gathers before it is written to the object store as one segment, 1MiB to 1GiB."),
    FLUSH_INTERVAL(
            "flush-interval",
            "DURATION",
            "3m",
            "How long the oldest message waits at most before it is flushed, however little there is; 1s to 1d."
                    + " With half of flush-bytes waiting, 10s at most."),
    BACKUP_INTERVAL(
            "backup-interval",
            "DURATION",
            "5m",
            "How often the states of the Raft groups are copied to the object store, if they have changed, 1s to 1d:"
                    + " ./weir restore begins with them when every disk is lost. 0s for never."),
    SCRUB_INTERVAL(
            "scrub-interval",
            "DURATION",
            "7d",
            "In what time everything that is stored is read once to find damage, 1h to 365d: flushed segments, and the"
                    + " closed files of Raft logs. 0s for never."),
    WAL_SHARDS(
            "wal-shards",
            "N",
            "1",
            "How many Raft groups order the messages at first, 1 to 16. Of meaning only when the data directory is"
                    + " created; weir cluster shards adds some to a cluster that serves."),
    WAL_MAX_BYTES(
            "wal-max-bytes",
            "SIZE",
            "8GiB",
            "How much disk the write-ahead log may take, at least 256MiB and 64MiB for each shard. Each of the shards"
                    + " that there are at the start has an equal share; one that is added has as much, until the"
                    + " next start."
                    + " At the limit producers are refused retriably"
                    + " until a flush has made room; and so they are when the positions of what is not flushed yet"
                    + " take a quarter of the heap, or a shard's share of that."),
    CACHE_BYTES(
            "cache-bytes",
            "SIZE",
            "64MiB",
            "Memory for blocks read back from the object store, 1MiB to half the heap."),
    LOG_FORMAT("log-format", "text|json", "text", "How log lines look on standard error.");

    private static final String VARIABLE_PREFIX = "WEIR_";

    private final String key;
    private final String placeholder;
    private final @Nullable String fallback;
    private final String description;
    private final String shownDefault;

    Setting(String key, String placeholder, String fallback, String description) {
        this(key, placeholder, fallback, description, fallback);
    }

    Setting(String key, String placeholder, @Nullable String fallback, String description, String shownDefault) {
        this.key = key;
        this.placeholder = placeholder;
        this.fallback = fallback;
        this.description = description;
        this.shownDefault = shownDefault;
    }

    /** In kebab-case. */
    public String key() {
        return key;
    }

    public String flag() {
        return "--" + key;
    }

    /** Whether the flag alone means true. */
    public boolean isSwitch() {
        return placeholder.equals("true|false");
    }

    public String variable() {
        return VARIABLE_PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /** What stands for the value in a usage line. */
    public String placeholder() {
        return placeholder;
    }

    public String description() {
        return description;
    }

    /** The value when nobody says one; empty when it follows from another setting. */
    public Optional<String> fallback() {
        return Optional.ofNullable(fallback);
    }

    /** The default in words. */
    public String shownDefault() {
        return shownDefault;
    }

    public static Optional<Setting> byKey(String key) {
        for (Setting setting : values()) {
            if (setting.key.equals(key)) {
                return Optional.of(setting);
            }
        }
        return Optional.empty();
    }

    public static Optional<Setting> byVariable(String variable) {
        for (Setting setting : values()) {
            if (setting.variable().equals(variable)) {
                return Optional.of(setting);
            }
        }
        return Optional.empty();
    }
}
