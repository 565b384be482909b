package io.weir.lakehouse.columns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.metadata.TableConfig.ValueFormat;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecordBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values, and schemas, that nobody sends who means well. */
class AvroBombTest {
    private final Registered schemas = new Registered();
    private final Rows rows = new Rows(ValueFormat.AVRO, 2, schemas);

    private static String array(String items) {
        return "{\"type\":\"array\",\"items\":" + items + "}";
    }

    private static String record(String name, String fields) {
        return "{\"type\":\"record\",\"name\":\"" + name + "\",\"fields\":[" + fields + "]}";
    }

    private static String field(String name, String type) {
        return "{\"name\":\"" + name + "\",\"type\":" + type + "}";
    }

    /** A table that has the schema's columns, and what it makes of a datum. */
    private static String refusedBy(String schema, byte[] datum) {
        Registered registered = new Registered();
        Rows table = new Rows(ValueFormat.AVRO, 2, registered);
        registered.add(1, new SchemasById.Found.Avro(schema, List.of()));
        Conversion conversion = table.convert(Registered.framed(1, datum));
        if (conversion instanceof Conversion.Grow) {
            table.grow(conversion);
        }
        return table.refused(Registered.framed(1, datum));
    }

    @Test
    void noRoomIsMadeForAFixedThatIsLargerThanAnyBatch() {
        for (int size : new int[] {AvroTypes.MAX_FIXED_BYTES + 1, 1 << 30}) {
            String fixed = "{\"type\":\"fixed\",\"name\":\"F\",\"size\":" + size + "}";
            for (String type : List.of(fixed, "[\"null\"," + fixed + "]", array(fixed))) {
                assertThat(refusedBy(record("R", field("f", type)), new byte[] {2, 2}))
                        .contains("type F has more than 16777216 bytes");
            }
        }
        String largest = "{\"type\":\"fixed\",\"name\":\"F\",\"size\":" + AvroTypes.MAX_FIXED_BYTES + "}";
        assertThat(refusedBy(record("R", field("f", largest)), new byte[2])).contains("value is not of schema 1");
    }

    @Test
    void aValueWithoutAFrameOrWithAnUnknownIdSaysSo() {
        // Given
        schemas.add(9, new SchemasById.Found.OtherKind("protobuf"));
        schemas.add(10, new SchemasById.Found.Unreadable("it uses what is not there"));

        // Then
        assertThat(rows.refused(new byte[0])).isEqualTo("value of 0 bytes does not begin with a schema id");
        assertThat(rows.refused(new byte[] {0, 0, 0, 1})).contains("does not begin with a schema id");
        assertThat(rows.refused(new byte[] {1, 0, 0, 0, 1})).contains("does not begin with a schema id");
        for (int id : new int[] {0, -1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThat(rows.refused(Registered.framed(id, new byte[1])))
                    .isEqualTo("schema " + id + " is not registered");
        }
        assertThat(rows.refused(Registered.framed(9, new byte[1]))).contains("protobuf, not Avro");
        assertThat(rows.refused(Registered.framed(10, new byte[1]))).contains("it uses what is not there");
    }

    @Test
    void aSchemaThatIsRegisteredLaterIsFoundThen() {
        assertThat(rows.refused(Registered.framed(1, Registered.longs(4)))).contains("not registered");
        schemas.add(1, "\"long\"");
        assertThat(rows.row(Registered.framed(1, Registered.longs(4))).getField("value"))
                .isEqualTo(4L);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, 6, 1L << 20, Integer.MAX_VALUE, 1L << 40, Long.MAX_VALUE})
    void noMemoryIsSetAsideForALengthThatIsNotThere(long claimed) {
        assertThat(refusedBy("\"bytes\"", Registered.longs(claimed))).contains("not of schema 1");
        assertThat(refusedBy("\"string\"", Registered.longs(claimed))).contains("not of schema 1");
        assertThat(refusedBy(record("R", field("t", "\"string\"")), Registered.longs(claimed)))
                .contains("not of schema 1");
    }

    @ParameterizedTest
    @ValueSource(longs = {12, 1L << 20, Integer.MAX_VALUE, 1L << 40, Long.MAX_VALUE})
    void noMemoryIsSetAsideForItemsThatAreNotThere(long claimed) {
        assertThat(refusedBy(record("R", field("a", array("\"long\""))), Registered.longs(claimed)))
                .contains("not of schema 1");
        assertThat(refusedBy(
                        record("R", field("m", "{\"type\":\"map\",\"values\":\"int\"}")), Registered.longs(claimed)))
                .contains("not of schema 1");
    }

    @Test
    void aNegativeCountIsABlockWithItsSizeAndIsBoundedAsWell() {
        // -2^40 items in 10 bytes
        assertThat(refusedBy(record("R", field("a", array("\"long\""))), Registered.longs(-(1L << 40), 10, 1, 2)))
                .contains("not of schema 1");
        assertThat(refusedBy(record("R", field("a", array("\"long\""))), Registered.longs(Long.MIN_VALUE, 10)))
                .contains("not of schema 1");
    }

    @Test
    void itemsOfNullsOnlyAreBounded() {
        // Given a list of records that take no bytes but for one
        String nulls = field("n", "\"null\"");
        String item = record(
                "I",
                field("b", "\"boolean\"") + ","
                        + String.join(
                                ",",
                                IntStream.range(0, 500)
                                        .mapToObj(i -> field("n" + i, "\"null\""))
                                        .toList()));
        byte[] many = new byte[100_003];
        byte[] count = Registered.longs(100_000);
        System.arraycopy(count, 0, many, 0, count.length);

        // Then
        assertThat(refusedBy(record("R", field("a", array(item))), many)).contains("items in");
        assertThat(refusedBy(record("R", field("a", array(record("N", nulls)))), many))
                .contains("makes no columns");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"r\",\"type\":[\"null\",\"R\"]}]}",
                "{\"type\":\"array\",\"items\":\"null\"}",
                "{\"type\":\"map\",\"values\":\"null\"}",
                "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"e\",\"type\":"
                        + "{\"type\":\"record\",\"name\":\"E\",\"fields\":[]}}]}",
                "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"e\",\"type\":"
                        + "{\"type\":\"fixed\",\"name\":\"F\",\"size\":0}}]}",
                "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},"
                        + "{\"name\":\"A\",\"type\":\"int\"}]}",
                "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":39}"
            })
    void aSchemaThatMakesNoColumnsSaysSo(String schema) {
        assertThat(refusedBy(schema, new byte[0])).contains("makes no columns");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "\"nothing\"", "{\"type\":\"record\"}", "[\"int\",\"int\"]", "12", "null"})
    void aTextThatIsNoSchemaSaysSo(String text) {
        assertThat(refusedBy(text, new byte[0])).contains("is not Avro");
    }

    @Test
    void depthAndColumnsOfASchemaAreBounded() {
        // Given
        String nested = "\"int\"";
        for (int i = 1; i < AvroTypes.MAX_DEPTH; i++) {
            nested = array(nested);
        }
        schemas.add(1, nested);
        schemas.add(2, array(nested));
        schemas.fields(3, fields(AvroTypes.MAX_COLUMNS));
        schemas.fields(4, fields(AvroTypes.MAX_COLUMNS + 1));

        // Then
        assertThat(rows.convert(Registered.framed(1, new byte[1]))).isInstanceOf(Conversion.Grow.class);
        assertThat(rows.refused(Registered.framed(2, new byte[1]))).contains("nested more than");
        assertThat(rows.convert(Registered.framed(3, new byte[0]))).isInstanceOf(Conversion.Grow.class);
        assertThat(rows.refused(Registered.framed(4, new byte[0]))).contains("more than 1000 columns");
    }

    private static String fields(int count) {
        return String.join(
                ",",
                IntStream.range(0, count)
                        .mapToObj(i -> field("f" + i, "\"int\""))
                        .toList());
    }

    @Test
    void aTableDoesNotGrowWithoutEnd() {
        // Given schemas that have no column in common
        int id = 1;
        Conversion conversion;
        do {
            int from = id * 1_000;
            schemas.fields(
                    id,
                    String.join(
                            ",",
                            IntStream.range(from, from + 500)
                                    .mapToObj(i -> field("f" + i, "\"int\""))
                                    .toList()));
            conversion = rows.convert(Registered.framed(id, new byte[500]));
            if (conversion instanceof Conversion.Grow) {
                rows.grow(conversion);
            }
            id++;
        } while (conversion instanceof Conversion.Grow);

        // Then
        assertThat(conversion).isInstanceOf(Conversion.Bad.class);
        assertThat(((Conversion.Bad) conversion).reason()).contains("gets no more");
        assertThat(rows.schema().columns().size()).isBetween(ColumnFit.MAX_COLUMNS - 500, ColumnFit.MAX_COLUMNS + 500);
    }

    @Test
    void bytesBehindTheDatumAreRefused() {
        assertThat(refusedBy("\"long\"", new byte[] {2, 0})).contains("bytes behind its datum");
    }

    @Test
    void aValueThatIsCutOffOrMutatedIsARowOrARefusal() {
        // Given
        Schema schema = schemas.fields(
                1,
                String.join(
                        ",",
                        field("s", "\"string\""),
                        field("u", "[\"null\",\"long\",\"string\"]"),
                        field("a", array("\"double\"")),
                        field("m", "{\"type\":\"map\",\"values\":\"bytes\"}"),
                        field("t", "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}"),
                        field("e", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}")));
        byte[] good = Registered.framed(
                1,
                schema,
                new GenericRecordBuilder(schema)
                        .set("s", "text")
                        .set("u", 5L)
                        .set("a", Arrays.asList(1.0, 2.0))
                        .set("m", Map.of("k", ByteBuffer.wrap(new byte[] {1})))
                        .set("t", 1L)
                        .set(
                                "e",
                                new org.apache.avro.generic.GenericData.EnumSymbol(
                                        schema.getField("e").schema(), "A"))
                        .build());
        rows.grow(rows.convert(good));
        assertThat(rows.convert(good)).isInstanceOf(Conversion.Row.class);

        // Then
        for (int length = 0; length < good.length; length++) {
            assertThat(rows.convert(Arrays.copyOf(good, length))).isInstanceOf(Conversion.Bad.class);
        }
        Random random = new Random(42);
        for (int i = 0; i < 50_000; i++) {
            byte[] mutated = good.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                mutated[5 + random.nextInt(mutated.length - 5)] = (byte) random.nextInt(256);
            }
            assertThat(rows.convert(mutated)).isInstanceOfAny(Conversion.Row.class, Conversion.Bad.class);
        }
    }
}
