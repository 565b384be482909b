package io.weir.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.lakehouse.mirror.MirrorConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServeConfigTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void hasADefaultForEverything() {
        ServeConfig config = ServeConfig.from(Settings.of(Map.of(), Map.of(), Map.of("HOME", "/anywhere")));

        assertThat(config.dataDir()).isEqualTo(Path.of("data").toAbsolutePath());
        assertThat(config.listen().kafka()).isEqualTo(new HostPort("127.0.0.1", 9092));
        assertThat(config.listen().kafkaAdvertised()).isEmpty();
        assertThat(config.objects().store())
                .isEqualTo(new ObjectStoreLocation.LocalFiles(config.dataDir().resolve("objects")));
        assertThat(config.tables())
                .isEqualTo(new TableSettings(
                        true,
                        new ObjectStoreLocation.LocalFiles(config.dataDir().resolve("tables")),
                        Optional.empty()));
        assertThat(config.wal().shards()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"s3://bucket, tables", "s3://bucket/some/prefix, some/prefix-tables"})
    void keepsTablesBesideObjectsInABucket(String objects, String prefix) {
        ServeConfig config = ServeConfig.from(Settings.of(
                Map.of(Setting.OBJECT_STORE, objects, Setting.S3_REGION, "eu-central-1"), Map.of(), Map.of()));

        assertThat(config.tables().store())
                .isInstanceOfSatisfying(
                        ObjectStoreLocation.Bucket.class,
                        bucket -> assertThat(bucket.prefix()).isEqualTo(prefix));
    }

    @Test
    void prefersFlagsOverTheFileAndTheFileOverVariables() {
        Map<String, String> environment =
                Map.of("WEIR_FLUSH_BYTES", "1MiB", "WEIR_FLUSH_INTERVAL", "1s", "WEIR_LOG_FORMAT", "json");
        Map<Setting, String> file = Map.of(Setting.FLUSH_BYTES, "2MiB", Setting.FLUSH_INTERVAL, "2s");
        Map<Setting, String> flags = Map.of(Setting.FLUSH_BYTES, "3MiB");

        ServeConfig config = ServeConfig.from(Settings.of(flags, file, environment));

        assertThat(config.wal().flushBytes()).isEqualTo(DataSize.ofMebibytes(3));
        assertThat(config.wal().flushInterval()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.logFormat()).isEqualTo(LogFormat.JSON);
    }

    @Test
    void refusesAnUnknownVariable() {
        assertThatThrownBy(() -> Settings.of(Map.of(), Map.of(), Map.of("WEIR_FLUSH_BITES", "1MiB")))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("Unknown variable WEIR_FLUSH_BITES");
    }

    @Test
    void leavesTheScriptsVariablesAlone() {
        assertThat(Settings.of(Map.of(), Map.of(), Map.of("WEIR_HEAP", "2g", "WEIR_BOOTSTRAP", "x:1")))
                .isNotNull();
    }

    @Test
    void readsAFileOfPlainValues() throws Exception {
        Path file = Files.writeString(directory.resolve("weir.yaml"), """
                # where
                data-dir: /srv/weir
                wal-shards: 2
                s3-path-style: true
                flush-bytes: 8MiB
                roles: [all]
                """);

        assertThat(SettingsFile.read(file))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        Setting.DATA_DIR,
                        "/srv/weir",
                        Setting.WAL_SHARDS,
                        "2",
                        Setting.S3_PATH_STYLE,
                        "true",
                        Setting.FLUSH_BYTES,
                        "8MiB",
                        Setting.ROLES,
                        "all"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    flush-bites: 1MiB        | Unknown key 'flush-bites'
                    data-dir: {a: b}         | has no plain value
                    data-dir:                | has no plain value
                    '- data-dir'             | is not a mapping
                    'data-dir: [a'           | is not YAML
                    """)
    void refusesAFileThatIsNoSettings(String text, String message) throws Exception {
        Path file = Files.writeString(directory.resolve("weir.yaml"), text + "\n");

        assertThatThrownBy(() -> SettingsFile.read(file))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesAKeyGivenTwice() throws Exception {
        Path file = Files.writeString(directory.resolve("weir.yaml"), "wal-shards: 1\nwal-shards: 2\n");

        assertThatThrownBy(() -> SettingsFile.read(file)).isInstanceOf(SettingException.class);
    }

    @Test
    void readsTheCatalogThatTablesAreShownInFromAFile() throws Exception {
        Path file = Files.writeString(directory.resolve("lake.properties"), """
                # JDBC
                type=jdbc
                uri = jdbc:h2:mem:lake
                catalog-name=lake
                """);
        Map<Setting, String> settings = Map.of(Setting.TABLE_CATALOG, file.toString());

        assertThat(ServeConfig.from(Settings.of(settings, Map.of(), Map.of()))
                        .tables()
                        .catalog())
                .hasValue(MirrorConfig.of("lake", Map.of("type", "jdbc", "uri", "jdbc:h2:mem:lake")));

        assertThatThrownBy(() -> ServeConfig.from(Settings.of(settings, Map.of(Setting.TABLES, "false"), Map.of())))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("table-catalog needs tables");
    }

    @Test
    void listensBeyondLoopbackOnlyWhenToldThatAnybodyMayConnect() {
        Map<Setting, String> anywhere = Map.of(Setting.KAFKA_LISTEN, "10.1.2.3:9092", Setting.INSECURE, "true");
        Map<Setting, String> everywhere = Map.of(Setting.KAFKA_LISTEN, "0.0.0.0:9092", Setting.INSECURE, "true");

        assertThat(ServeConfig.from(Settings.of(anywhere, Map.of(), Map.of()))
                        .listen()
                        .kafka())
                .isEqualTo(new HostPort("10.1.2.3", 9092));
        assertThatThrownBy(() -> ServeConfig.from(Settings.of(everywhere, Map.of(), Map.of())))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("kafka-advertised");
    }

    @Test
    void refusesAMissingFile() {
        assertThatThrownBy(() -> SettingsFile.read(directory.resolve("none.yaml")))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("none.yaml");
    }

    @ParameterizedTest
    @CsvSource({
        "KAFKA_LISTEN, 0.0.0.0:9092, not a loopback address",
        "ADMIN_LISTEN, 0.0.0.0:8080, not a loopback address",
        "KAFKA_LISTEN, 127.0.0.1:8080, use two ports",
        "KAFKA_LISTEN, 127.0.0.1:8333, use two ports",
        "S3_LISTEN, 127.0.0.1:8080, use two ports",
        "S3_LISTEN, 0.0.0.0:8333, not a loopback address",
        "SCRUB_INTERVAL, 59m, neither 0s nor between 1h and 365d",
        "SCRUB_INTERVAL, 366d, neither 0s nor between 1h and 365d",
        "BACKUP_INTERVAL, 999ms, neither 0s nor between 1s and 1d",
        "BACKUP_INTERVAL, 2d, neither 0s nor between 1s and 1d",
        "TABLES, perhaps, neither true nor false",
        "TABLE_STORE, /tmp/x, neither file:DIR nor s3://BUCKET/PREFIX",
        "TABLE_STORE, file:data/objects, use two places",
        "TABLE_CATALOG, /nowhere/lake.properties, Cannot read the file",
        "TABLE_CATALOG, /dev/null, either a type or a catalog-impl",
        "TABLE_CATALOG, /dev/zero, more than 65536 bytes",
        "KAFKA_LISTEN, 127.0.0.1:65536, not between 0 and 65535",
        "KAFKA_LISTEN, 9092, not HOST:PORT",
        "KAFKA_ADVERTISED, localhost:0, other than 0",
        "ZONE, 12345678901234567890123456789012345678901234567890123456789012345, at most 64 characters",
        "ROLES, gateway, a process that is alone has them all",
        "ROLES, broker, Unknown role 'broker'",
        "OBJECT_STORE, /tmp/x, neither file:DIR nor s3://BUCKET/PREFIX",
        "OBJECT_STORE, s3:/b, neither file:DIR nor s3://BUCKET/PREFIX",
        "S3_ENDPOINT, localhost, not an http or https URL",
        "S3_PATH_STYLE, maybe, neither true nor false",
        "FLUSH_BYTES, 1MiB1, not a size",
        "FLUSH_BYTES, 1048575, not between",
        "FLUSH_BYTES, 1073741825, not between",
        "FLUSH_INTERVAL, 10, not a duration",
        "FLUSH_INTERVAL, 999ms, not between 1s and 1d",
        "FLUSH_INTERVAL, 86401s, not between 1s and 1d",
        "WAL_SHARDS, 0, not between 1 and 16",
        "WAL_SHARDS, 17, not between 1 and 16",
        "WAL_SHARDS, many, not a whole number",
        "WAL_MAX_BYTES, 255MiB, less than 256MiB",
        "CACHE_BYTES, 1048575, not between",
        "CACHE_BYTES, 2TiB, not between",
        "LOG_FORMAT, xml, neither text nor json",
    })
    void refusesAValueThatCannotBeUsed(Setting setting, String value, String message) {
        assertThatThrownBy(() -> ServeConfig.from(Settings.of(Map.of(setting, value), Map.of(), Map.of())))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesAFlushThatTheLogCannotHold() {
        assertThatThrownBy(() -> ServeConfig.from(Settings.of(
                        Map.of(Setting.WAL_MAX_BYTES, "256MiB", Setting.FLUSH_BYTES, "129MiB"), Map.of(), Map.of())))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("more than half of wal-max-bytes");
    }

    @Test
    void readsAnObjectStoreInABucket() {
        ServeConfig config = ServeConfig.from(Settings.of(
                Map.of(
                        Setting.OBJECT_STORE,
                        "s3://bucket-1/some/prefix/",
                        Setting.S3_ENDPOINT,
                        "http://127.0.0.1:9000",
                        Setting.S3_PATH_STYLE,
                        "true"),
                Map.of(),
                Map.of()));

        assertThat(config.objects().store()).isInstanceOfSatisfying(ObjectStoreLocation.Bucket.class, bucket -> {
            assertThat(bucket.bucket()).isEqualTo("bucket-1");
            assertThat(bucket.prefix()).isEqualTo("some/prefix");
            assertThat(bucket.pathStyle()).isTrue();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"0B", "1B", "1KiB", "64MiB", "8GiB", "2TiB", "1025KiB"})
    void writesASizeAsItIsRead(String text) {
        assertThat(DataSize.parse(text)).hasToString(text);
    }

    @Test
    void refusesASizeBeyond64Bits() {
        assertThatThrownBy(() -> DataSize.parse("8388608TiB")).isInstanceOf(IllegalArgumentException.class);
        assertThat(DataSize.parse("8388607TiB").bytes()).isPositive();
    }
}
