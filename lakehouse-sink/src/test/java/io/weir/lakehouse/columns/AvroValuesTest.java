package io.weir.lakehouse.columns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.metadata.TableConfig.ValueFormat;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Test;

/** Typed columns of Avro values, and how a table grows by them. */
class AvroValuesTest {
    private final Registered schemas = new Registered();
    private final Rows rows = new Rows(ValueFormat.AVRO, 2, schemas);

    private static String field(String name, String type) {
        return "{\"name\":\"" + name + "\",\"type\":" + type + "}";
    }

    private static String logical(String type, String logical) {
        return "{\"type\":\"" + type + "\",\"logicalType\":\"" + logical + "\"}";
    }

    private Record row(int id, Schema schema, Object datum) {
        return rows.row(Registered.framed(id, schema, datum));
    }

    @Test
    void plainTypesAreColumnsOfTheirOwn() {
        // Given
        Schema schema = schemas.fields(
                1,
                String.join(
                        ",",
                        field("b", "\"boolean\""),
                        field("i", "\"int\""),
                        field("l", "\"long\""),
                        field("f", "\"float\""),
                        field("d", "\"double\""),
                        field("s", "\"string\""),
                        field("y", "\"bytes\""),
                        field("n", "\"null\""),
                        field("e", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"ONE\",\"TWO\"]}"),
                        field("x", "{\"type\":\"fixed\",\"name\":\"X\",\"size\":2}"),
                        field("u", "[\"null\",\"long\"]")));
        GenericData.Record datum = new GenericRecordBuilder(schema)
                .set("b", true)
                .set("i", Integer.MIN_VALUE)
                .set("l", Long.MAX_VALUE)
                .set("f", Float.NaN)
                .set("d", Double.NEGATIVE_INFINITY)
                .set("s", "h\u00e4")
                .set("y", ByteBuffer.wrap(new byte[] {1, 2}))
                .set("n", null)
                .set("e", new GenericData.EnumSymbol(schema.getField("e").schema(), "TWO"))
                .set("x", new GenericData.Fixed(schema.getField("x").schema(), new byte[] {3, 4}))
                .set("u", null)
                .build();

        // When
        Record row = row(1, schema, datum);

        // Then
        assertThat(row.getField("b")).isEqualTo(true);
        assertThat(row.getField("i")).isEqualTo(Integer.MIN_VALUE);
        assertThat(row.getField("l")).isEqualTo(Long.MAX_VALUE);
        assertThat(row.getField("f")).isEqualTo(Float.NaN);
        assertThat(row.getField("d")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(row.getField("s")).isEqualTo("h\u00e4");
        assertThat(row.getField("y")).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
        assertThat(row.getField("e")).isEqualTo("TWO");
        assertThat(row.getField("x")).isEqualTo(new byte[] {3, 4});
        assertThat(row.getField("u")).isNull();
        assertThat(rows.schema().findField("n")).isNull();
        assertThat(row.getField("_offset")).isEqualTo(7L);
    }

    @Test
    void logicalTypesAreDatesTimesDecimalsAndUuids() {
        // Given
        String decimal = "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}";
        Schema schema = schemas.fields(
                1,
                String.join(
                        ",",
                        field("date", logical("int", "date")),
                        field("ms", logical("long", "timestamp-millis")),
                        field("us", logical("long", "timestamp-micros")),
                        field("local", logical("long", "local-timestamp-micros")),
                        field("tms", logical("int", "time-millis")),
                        field("tus", logical("long", "time-micros")),
                        field("uuid", logical("string", "uuid")),
                        field("dec", decimal),
                        field("unknown", logical("long", "furlongs"))));
        UUID uuid = new UUID(1, 2);
        GenericData.Record datum = new GenericRecordBuilder(schema)
                .set("date", -1)
                .set("ms", 1_500L)
                .set("us", -1L)
                .set("local", 2_000_000L)
                .set("tms", 1)
                .set("tus", 86_399_999_999L)
                .set("uuid", uuid.toString())
                .set("dec", ByteBuffer.wrap(BigInteger.valueOf(-12_345).toByteArray()))
                .set("unknown", 8L)
                .build();

        // When
        Record row = row(1, schema, datum);

        // Then
        OffsetDateTime epoch = OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
        assertThat(row.getField("date")).isEqualTo(LocalDate.of(1969, 12, 31));
        assertThat(row.getField("ms")).isEqualTo(epoch.plusNanos(1_500_000_000));
        assertThat(row.getField("us")).isEqualTo(epoch.minusNanos(1_000));
        assertThat(row.getField("local")).isEqualTo(LocalDateTime.of(1970, 1, 1, 0, 0, 2));
        assertThat(row.getField("tms")).isEqualTo(LocalTime.ofNanoOfDay(1_000_000));
        assertThat(row.getField("tus")).isEqualTo(LocalTime.ofNanoOfDay(86_399_999_999_000L));
        assertThat(row.getField("uuid")).isEqualTo(uuid);
        assertThat(row.getField("dec")).isEqualTo(new BigDecimal("-123.45"));
        assertThat(row.getField("unknown")).isEqualTo(8L);
    }

    @Test
    void recordsListsMapsAndUnionsAreNestedColumns() {
        // Given
        String point = "{\"type\":\"record\",\"name\":\"P\",\"fields\":[" + field("x", "\"int\"") + "]}";
        Schema schema = schemas.fields(
                1,
                String.join(
                        ",",
                        field("point", point),
                        field("points", "{\"type\":\"array\",\"items\":[\"null\",\"P\"]}"),
                        field("counts", "{\"type\":\"map\",\"values\":\"long\"}"),
                        field("one", "[\"null\",\"string\",\"long\"]")));
        GenericData.Record at = new GenericRecordBuilder(
                        schema.getField("point").schema())
                .set("x", 5)
                .build();
        GenericRecordBuilder datum = new GenericRecordBuilder(schema)
                .set("point", at)
                .set("points", Arrays.asList(at, null))
                .set("counts", Map.of("a", 1L))
                .set("one", 9L);

        // When
        Record row = row(1, schema, datum.build());
        Record none = row(1, schema, datum.set("one", null).build());

        // Then
        assertThat(((Record) row.getField("point")).getField("x")).isEqualTo(5);
        assertThat((List<?>) row.getField("points")).hasSize(2).containsNull();
        assertThat(((Map<?, ?>) row.getField("counts")).toString()).isEqualTo("{a=1}");
        assertThat(((Record) row.getField("one")).getField("long")).isEqualTo(9L);
        assertThat(((Record) row.getField("one")).getField("string")).isNull();
        assertThat(none.getField("one")).isNull();
    }

    @Test
    void aValueThatIsNoRecordIsOneColumn() {
        Schema schema = schemas.add(1, "\"long\"");
        assertThat(row(1, schema, 12L).getField("value")).isEqualTo(12L);
    }

    @Test
    void aTableGrowsByColumnsAndByWiderOnesAndKeepsTheRecordsOfBoth() {
        // Given
        Schema first = schemas.fields(1, field("id", "\"int\"") + "," + field("price", "\"float\""));
        Schema second = schemas.fields(
                2,
                String.join(",", field("id", "\"long\""), field("price", "\"double\""), field("note", "\"string\"")));
        byte[] old = Registered.framed(
                1,
                first,
                new GenericRecordBuilder(first).set("id", 1).set("price", 1.5f).build());
        byte[] added = Registered.framed(
                2,
                second,
                new GenericRecordBuilder(second)
                        .set("id", 1L << 40)
                        .set("price", 0.1)
                        .set("note", "n")
                        .build());
        rows.row(old);
        NestedField before = rows.schema().findField("id");

        // When
        Record grown = rows.row(added);
        Record again = rows.row(old);

        // Then
        assertThat(grown.getField("id")).isEqualTo(1L << 40);
        assertThat(grown.getField("price")).isEqualTo(0.1);
        assertThat(grown.getField("note")).isEqualTo("n");
        assertThat(again.getField("id")).isEqualTo(1L);
        assertThat(again.getField("price")).isEqualTo(1.5);
        assertThat(again.getField("note")).isNull();
        assertThat(before.type()).isEqualTo(Types.IntegerType.get());
        assertThat(rows.schema().findField("id").type()).isEqualTo(Types.LongType.get());
    }

    @Test
    void fieldsInsideOfRecordsListsAndMapsGrowToo() {
        // Given
        String inner = "{\"type\":\"record\",\"name\":\"I\",\"fields\":[%s]}";
        String listed = "{\"type\":\"array\",\"items\":" + inner + "}";
        schemas.fields(1, field("many", String.format(listed, field("a", "\"int\""))));
        schemas.fields(2, field("many", String.format(listed, field("a", "\"long\"") + "," + field("b", "\"int\""))));
        rows.grow(rows.convert(Registered.framed(1, Registered.longs(0))));

        // When
        Conversion conversion = rows.convert(Registered.framed(2, Registered.longs(0)));

        // Then
        org.apache.iceberg.Schema wanted = ((Conversion.Grow) conversion).wanted();
        assertThat(wanted.findField("many.element.a").type()).isEqualTo(Types.LongType.get());
        assertThat(wanted.findField("many.element.b").type()).isEqualTo(Types.IntegerType.get());
    }

    @Test
    void whatCannotBeTheSameColumnHasNoPlaceAndSaysWhy() {
        // Given
        schemas.fields(1, field("a", "\"int\"") + "," + field("p", "{\"type\":\"array\",\"items\":\"int\"}"));
        schemas.fields(2, field("a", "\"string\""));
        schemas.fields(3, field("p", "{\"type\":\"array\",\"items\":\"string\"}"));
        schemas.fields(4, field("A", "\"int\""));
        rows.grow(rows.convert(Registered.framed(1, Registered.longs(0, 0))));

        // Then
        assertThat(rows.refused(Registered.framed(2, Registered.longs(0))))
                .isEqualTo("schema 2 does not fit the table: column a is int, not string");
        assertThat(rows.refused(Registered.framed(3, Registered.longs(0)))).contains("column p[] is int, not string");
        assertThat(rows.refused(Registered.framed(4, Registered.longs(0)))).contains("column A is a to most engines");
        assertThat(rows.row(Registered.framed(1, Registered.longs(6, 0))).getField("a"))
                .isEqualTo(6);
    }

    @Test
    void aWholeNumberIsAFractionOnlyWhenItStaysWhatItIs() {
        // Given
        schemas.fields(1, field("d", "\"double\"") + "," + field("f", "\"float\""));
        schemas.fields(2, field("d", "\"long\"") + "," + field("f", "\"int\""));
        rows.grow(rows.convert(Registered.framed(1, new byte[12])));

        // Then
        assertThat(rows.row(Registered.framed(2, Registered.longs(1L << 53, 1 << 24)))
                        .getField("d"))
                .isEqualTo((double) (1L << 53));
        for (long[] lossy :
                new long[][] {{(1L << 53) + 1, 0}, {0, (1 << 24) + 1}, {Long.MAX_VALUE, 0}, {0, Integer.MAX_VALUE}}) {
            assertThat(rows.refused(Registered.framed(2, Registered.longs(lossy))))
                    .contains("is not a fraction");
        }
    }

    @Test
    void aFieldThatIsCalledAsASystemColumnGetsAnotherName() {
        Schema schema = schemas.fields(1, field("_offset", "\"string\"") + "," + field("_Key", "\"int\""));
        Record row = row(
                1,
                schema,
                new GenericRecordBuilder(schema)
                        .set("_offset", "mine")
                        .set("_Key", 4)
                        .build());
        assertThat(row.getField("_offset")).isEqualTo(7L);
        assertThat(row.getField("value_offset")).isEqualTo("mine");
        assertThat(row.getField("value_Key")).isEqualTo(4);
    }

    @Test
    void aFieldThatIsCalledAsIcebergsOwnColumnsGetsAnotherName() {
        Schema schema = schemas.fields(1, field("_partition", "\"string\"") + "," + field("_Deleted", "\"int\""));
        Record row = row(
                1,
                schema,
                new GenericRecordBuilder(schema)
                        .set("_partition", "mine")
                        .set("_Deleted", 4)
                        .build());
        assertThat(row.getField("value_partition")).isEqualTo("mine");
        assertThat(row.getField("value_Deleted")).isEqualTo(4);
    }

    @Test
    void timesAndDecimalsBeyondTheirColumnsAreRefused() {
        // Given
        schemas.fields(1, field("t", logical("long", "timestamp-micros")));
        schemas.fields(2, field("t", logical("long", "timestamp-millis")));
        schemas.fields(3, field("d", logical("int", "date")));
        schemas.fields(4, field("tus", logical("long", "time-micros")));
        schemas.fields(5, field("dec", "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":2}"));
        schemas.fields(6, field("uuid", logical("string", "uuid")));
        for (int id = 1; id <= 6; id++) {
            Conversion conversion = rows.convert(Registered.framed(id, Registered.longs(0)));
            if (conversion instanceof Conversion.Grow) {
                rows.grow(conversion);
            }
        }

        // Then
        for (long beyond : new long[] {253_402_300_800_000_000L, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(rows.refused(Registered.framed(1, Registered.longs(beyond))))
                    .contains("not of schema 1");
        }
        assertThat(rows.refused(Registered.framed(2, Registered.longs(Long.MAX_VALUE))))
                .contains("overflow");
        assertThat(rows.refused(Registered.framed(3, Registered.longs(Integer.MAX_VALUE))))
                .contains("1 to 9999");
        assertThat(rows.refused(Registered.framed(4, Registered.longs(86_400_000_000L))))
                .contains("not of schema 4");
        assertThat(rows.refused(Registered.framed(5, new byte[] {2, 100}))).contains("3 digits");
        assertThat(rows.refused(Registered.framed(6, new byte[] {2, 'x'}))).contains("not of schema 6");
    }

    @Test
    void aTombstoneIsARowOfAnyTable() {
        assertThat(rows.row(null).getField("_offset")).isEqualTo(7L);
    }
}
