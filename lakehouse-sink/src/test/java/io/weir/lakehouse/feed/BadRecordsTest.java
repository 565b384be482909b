package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.lakehouse.catalog.TopicNamespaces;
import io.weir.lakehouse.columns.RegisteredSchemas;
import io.weir.lakehouse.sample.PlainBatches.Entry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that have no place in their table. */
class BadRecordsTest {
    private static final byte[] NOT_TEXT = {(byte) 0xff, 1};

    @TempDir
    private Path staging;

    private SinkWorld world;

    @BeforeEach
    void makeWorld() {
        world = new SinkWorld(staging, 1);
        world.schemas = new RegisteredSchemas(
                TenantId.DEFAULT, () -> world.metadata.image().schemas());
        world.restart();
    }

    private static Entry good(String value) {
        return Entry.of(SinkWorld.EPOCH_MS, null, value);
    }

    private static Entry bad() {
        return Entry.of(SinkWorld.EPOCH_MS, NOT_TEXT);
    }

    private List<Object> offsets(String topic) {
        return world.rows(topic).stream()
                .map(row -> row.getField("_offset"))
                .sorted()
                .toList();
    }

    private double gauge(String name, String topic) {
        return world.meters.get(name).tag("topic", topic).gauge().value();
    }

    @Test
    void aDeadLetterHasItsPlaceTheReasonAndTheBytesAndComesWithTheSameCommit() {
        // Given
        world.metadata.create("t", 2, Map.of("table.value-format", "utf8"));
        world.produce("t", 1, good("a"), bad());

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(0L);
        Record letter = world.deadLetters("t").getFirst();
        assertThat(letter.getField("_partition_id")).isEqualTo(1);
        assertThat(letter.getField("_offset")).isEqualTo(1L);
        assertThat(letter.getField("reason").toString()).contains("not UTF-8");
        assertThat(letter.getField("value")).isEqualTo(ByteBuffer.wrap(NOT_TEXT));
        assertThat(world.table("t").currentSnapshot().summary()).containsEntry("weir.bad-records", "1");
        assertThat(world.meters.get("weir.table.records.bad").counter().count()).isEqualTo(1);
    }

    @Test
    void recordsThatAreAllBadAreAllDeadLettersAndTheWatermarkGoesOn() {
        // Given
        world.metadata.create("t", 1, Map.of("table.value-format", "utf8"));
        for (int i = 0; i < 3; i++) {
            world.produce("t", 0, bad(), bad());
            world.run(Duration.ofSeconds(13));
        }

        // Then
        assertThat(world.deadLetters("t"))
                .extracting(row -> row.getField("_offset"))
                .containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(world.rows("t")).isEmpty();
    }

    @Test
    void whatIsSkippedIsCountedAndNowhere() {
        // Given
        world.metadata.create("t", 1, Map.of("table.value-format", "utf8", "table.on-bad-record", "skip"));
        world.produce("t", 0, bad(), good("a"), bad());

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(1L);
        assertThat(world.deadLetters("t")).isEmpty();
        assertThat(world.meters.get("weir.table.records.bad").counter().count()).isEqualTo(2);
    }

    @Test
    void aTableThatSuspendsStandsBeforeTheRecordUntilASettingIsChangedAndHoldsNobodyUp() {
        // Given
        world.metadata.create("t", 1, Map.of("table.value-format", "utf8", "table.on-bad-record", "suspend"));
        world.metadata.create("other", 1);
        world.produce("t", 0, good("a"), bad(), good("b"));

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(0L);
        assertThat(gauge("weir.table.suspended", "t")).isEqualTo(1);
        world.produce("other", 0, good("x"));
        world.run(Duration.ofSeconds(60));
        assertThat(offsets("t")).containsExactly(0L);
        assertThat(offsets("other")).containsExactly(0L);
        assertThat(gauge("weir.table.freshness.seconds", "t")).isGreaterThan(60);
        assertThat(gauge("weir.table.lag", "t")).isEqualTo(2);

        // When
        world.configure("t", "table.on-bad-record", "dead-letter");
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(0L, 2L);
        assertThat(world.deadLetters("t")).hasSize(1);
        assertThat(gauge("weir.table.suspended", "t")).isZero();
        assertThat(gauge("weir.table.freshness.seconds", "t")).isZero();
    }

    @Test
    void aTableThatSuspendsDoesSoAgainAfterARestart() {
        // Given
        world.metadata.create("t", 1, Map.of("table.value-format", "utf8", "table.on-bad-record", "suspend"));
        world.produce("t", 0, good("a"), bad());
        world.run(Duration.ofSeconds(13));

        // When
        world.restart();
        world.run(Duration.ofSeconds(30));

        // Then
        assertThat(offsets("t")).containsExactly(0L);
        assertThat(gauge("weir.table.suspended", "t")).isEqualTo(1);
        assertThat(world.table("t").snapshots()).hasSize(1);
    }

    @Test
    void deadLettersThatFindTheirNameTakenByAUsersTableHoldTheTopicUpAndNobodyElse() {
        // Given
        world.metadata.create("t", 1, Map.of("table.value-format", "utf8"));
        world.metadata.create("other", 1, Map.of("table.value-format", "utf8"));
        world.createUsersTable(TopicNamespaces.DEAD_LETTERS, "t");
        world.produce("t", 0, bad());
        world.produce("other", 0, bad(), good("x"));

        // When
        world.run(Duration.ofSeconds(20));

        // Then
        assertThat(world.pointer("t")).isNull();
        assertThat(gauge("weir.table.failing", "t")).isEqualTo(1);
        assertThat(offsets("other")).containsExactly(1L);
        assertThat(world.deadLetters("other")).hasSize(1);
    }

    @Test
    void avroBecomesColumnsThatKeepTheirIdsAndWhatDoesNotFitIsADeadLetter() {
        // Given
        world.metadata.create("t", 1, Map.of("table.value-format", "avro"));
        int first = avro("int", "");
        byte[] one = framed(first, 2);
        world.produce("t", 0, Entry.of(SinkWorld.EPOCH_MS, one), Entry.of(SinkWorld.EPOCH_MS, framed(77, 2)));
        world.run(Duration.ofSeconds(13));
        int id = world.table("t").schema().findField("n").fieldId();

        // When
        int second = avro("long", ",{\"name\":\"m\",\"type\":\"boolean\",\"default\":true}");
        int third = avro("string", "");
        world.produce(
                "t",
                0,
                Entry.of(SinkWorld.EPOCH_MS, one),
                Entry.of(SinkWorld.EPOCH_MS, framed(second, 4, 1)),
                Entry.of(SinkWorld.EPOCH_MS, framed(third, 2, 'x')),
                Entry.of(SinkWorld.EPOCH_MS, null, null));
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.table("t").schema().findField("n").fieldId()).isEqualTo(id);
        assertThat(world.table("t").schema().findField("n").type()).isEqualTo(Types.LongType.get());
        assertThat(world.rows("t"))
                .extracting(row -> row.getField("_offset") + " " + row.getField("n") + " " + row.getField("m"))
                .containsExactlyInAnyOrder("0 1 null", "2 1 null", "3 2 true", "5 null null");
        assertThat(world.deadLetters("t"))
                .extracting(row -> row.getField("_offset") + " " + row.getField("reason"))
                .containsExactlyInAnyOrder(
                        "1 schema 77 is not registered",
                        "4 schema " + third + " does not fit the table: column n is long, not string");
    }

    private int avro(String type, String more) {
        return world.metadata
                .schemas()
                .avro(
                        "t-value",
                        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"n\",\"type\":\"" + type + "\"}"
                                + more + "]}")
                .id()
                .value();
    }

    private static byte[] framed(int id, int... datum) {
        ByteBuffer value = ByteBuffer.allocate(5 + datum.length).put((byte) 0).putInt(id);
        for (int each : datum) {
            value.put((byte) each);
        }
        return value.array();
    }

    @Test
    void aReasonIsCutToItsBoundAndAKeyThatIsNoTextIsKept() {
        // Given
        world.metadata.create("t", 1, Map.of("table.value-format", "json"));
        byte[] longName = ("{\"" + "a".repeat(60_000) + "\":1}").getBytes(StandardCharsets.UTF_8);
        world.produce(
                "t", 0, new Entry(SinkWorld.EPOCH_MS, ByteBuffer.wrap(NOT_TEXT), ByteBuffer.wrap(longName), List.of()));

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        Record letter = world.deadLetters("t").getFirst();
        assertThat(letter.getField("reason").toString()).hasSizeLessThanOrEqualTo(512);
        assertThat(letter.getField("key")).isEqualTo(ByteBuffer.wrap(NOT_TEXT));
        assertThat(((ByteBuffer) letter.getField("value")).remaining()).isEqualTo(longName.length);
    }
}
