package io.weir.lakehouse.columns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.metadata.TableConfig.ValueFormat;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.iceberg.variants.PhysicalType;
import org.apache.iceberg.variants.Variant;
import org.apache.iceberg.variants.VariantArray;
import org.apache.iceberg.variants.VariantObject;
import org.apache.iceberg.variants.VariantPrimitive;
import org.apache.iceberg.variants.VariantValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValuesTest {
    private final Rows variants = new Rows(ValueFormat.JSON, 3, SchemasById.NONE);
    private final Rows texts = new Rows(ValueFormat.JSON, 2, SchemasById.NONE);

    private VariantValue variant(String json) {
        Object value = variants.row(Rows.text(json)).getField("value");
        return ((Variant) java.util.Objects.requireNonNull(value)).value();
    }

    private static Object primitive(VariantValue value) {
        return ((VariantPrimitive<?>) value).get();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "127 | INT8 | 127",
                "-128 | INT8 | -128",
                "128 | INT16 | 128",
                "32768 | INT32 | 32768",
                "-2147483649 | INT64 | -2147483649",
                "9223372036854775807 | INT64 | 9223372036854775807",
                "9223372036854775808 | DECIMAL16 | 9223372036854775808",
                "99999999999999999999999999999999999999 | DECIMAL16 | 99999999999999999999999999999999999999",
                "100000000000000000000000000000000000000 | DOUBLE | 1.0E38",
                "1.50 | DECIMAL4 | 1.50",
                "0.1 | DECIMAL4 | 0.1",
                "1e3 | DOUBLE | 1000.0",
                "1.7976931348623157e308 | DOUBLE | 1.7976931348623157E308",
                "1e-999 | DOUBLE | 0.0",
                "0.000000000000000000000000000000000000001 | DOUBLE | 1.0E-39",
                "true | BOOLEAN_TRUE | true",
                "false | BOOLEAN_FALSE | false",
                "null | NULL | null",
                "\"x\" | STRING | x"
            })
    void aValueHasTheTypeThatHoldsIt(String json, PhysicalType type, String text) {
        VariantValue value = variant(json);
        assertThat(value.type()).isEqualTo(type);
        assertThat(String.valueOf(primitive(value))).isEqualTo(text);
    }

    @Test
    void objectsAndListsComeBackFromParquet() {
        VariantObject object = (VariantObject) variant("{\"b\": [1, {\"c\": \"\u00e4\"}, []], \"a\": {}, \"\": 2.5}");
        assertThat(object.numFields()).isEqualTo(3);
        VariantArray list = (VariantArray) object.get("b");
        assertThat(list.numElements()).isEqualTo(3);
        assertThat(primitive(((VariantObject) list.get(1)).get("c"))).isEqualTo("\u00e4");
        assertThat(primitive(object.get(""))).isEqualTo(new BigDecimal("2.5"));
    }

    @Test
    void ofANameThatOccursTwiceTheLastValueCounts() {
        VariantObject object = (VariantObject) variant("{\"a\": 1, \"b\": 2, \"a\": 3}");
        assertThat(object.numFields()).isEqualTo(2);
        assertThat(primitive(object.get("a"))).isEqualTo((byte) 3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "NaN",
                "Infinity",
                "-Infinity",
                "+1",
                "01",
                "1.",
                ".5",
                "0x10",
                "1e999",
                "-1e400",
                "{",
                "[1,]",
                "{\"a\":1,}",
                "{'a':1}",
                "{a:1}",
                "\"\\x\"",
                "\"a\nb\"",
                "1 2",
                "{} x",
                "nul",
                "// c\n1",
                "\ufeff1"
            })
    void whatIsNoJsonOrNoNumberHasNoPlace(String text) {
        assertThat(variants.refused(Rows.text(text))).startsWith("value ");
        if (!text.contains("e")) {
            assertThat(texts.refused(Rows.text(text))).contains("not JSON");
        }
        assertThat(primitive(variant("5"))).isEqualTo((byte) 5);
    }

    @Test
    void jsonIsUtf8AndNothingElse() {
        assertThat(variants.refused("{\"a\": 1}".getBytes(StandardCharsets.UTF_16LE)))
                .contains("not JSON");
        assertThat(variants.refused(new byte[] {'"', (byte) 0xff, '"'})).contains("not UTF-8");
        assertThat(texts.refused(new byte[] {'"', (byte) 0xc0, (byte) 0x80, '"'}))
                .contains("not UTF-8");
    }

    @Test
    void depthIsBounded() {
        String deepest = "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH);
        assertThat(variants.convert(Rows.text(deepest))).isInstanceOf(Conversion.Row.class);
        assertThat(texts.convert(Rows.text(deepest))).isInstanceOf(Conversion.Row.class);

        for (String deeper : new String[] {"[" + deepest + "]", "[".repeat(1_000_000), "{\"a\":".repeat(200_000)}) {
            assertThat(variants.refused(Rows.text(deeper))).contains("nesting depth");
            assertThat(texts.refused(Rows.text(deeper))).contains("nesting depth");
        }
    }

    @Test
    void aValueLeavesNothingToTheNextWhateverItsLength() {
        for (int chars : new int[] {Json.MOST_KEPT_CHARS, Json.MOST_KEPT_CHARS + 1, 10 * Json.MOST_KEPT_CHARS}) {
            String text = "é".repeat((chars - 2) / 2) + "x".repeat(chars % 2);
            assertThat(primitive(variant('"' + text + '"'))).isEqualTo(text);

            // A character that is not whole must not be gone on with, nor the longer value be seen behind this one.
            assertThat(variants.refused(new byte[] {'"', (byte) 0xc3})).contains("not UTF-8");
            assertThat(primitive(variant("7"))).isEqualTo((byte) 7);
        }
    }

    @Test
    void theLengthOfANumberIsBounded() {
        String longest = "9".repeat(Json.MAX_NUMBER_CHARS);
        assertThat(variants.refused(Rows.text(longest))).contains("no number holds");
        assertThat(variants.refused(Rows.text(longest + "9"))).contains("Number value length");
        assertThat(variant("0." + "1".repeat(Json.MAX_NUMBER_CHARS - 2)).type()).isEqualTo(PhysicalType.DOUBLE);
        assertThat(variants.refused(Rows.text("1" + "0".repeat(1 << 20)))).contains("not JSON");
    }

    @Test
    void aLongTextAndManyNamesHaveTheirPlace() {
        String text = "x".repeat(2 << 20);
        assertThat(primitive(variant("\"" + text + "\""))).isEqualTo(text);

        StringBuilder names = new StringBuilder("{");
        for (int i = 0; i < 50_000; i++) {
            names.append(i == 0 ? "" : ",")
                    .append("\"name")
                    .append(i)
                    .append("\":")
                    .append(i);
        }
        VariantObject object = (VariantObject) variant(names.append('}').toString());
        assertThat(object.numFields()).isEqualTo(50_000);
        assertThat(primitive(object.get("name49999"))).isEqualTo(49_999);
    }

    @Test
    void ofATableThatHasNoVariantTheTextStaysAsItIs() {
        String json = " {\"a\" : 1.50 , \"a\":2}\n";
        assertThat(texts.row(Rows.text(json)).getField("value")).isEqualTo(json);
        assertThat(texts.row(null).getField("value")).isNull();
        assertThat(variants.row(null).getField("value")).isNull();
    }

    @Test
    void mutatedJsonIsARowOrARefusalAndNothingElse() {
        Random random = new Random(41);
        byte[] json =
                Rows.text("{\"a\":[1,-2.5e3,\"\\u00e4\\n\",null,true],\"b\":{\"c\":12345678901234567890},\"d\":\"\"}");
        for (int i = 0; i < 20_000; i++) {
            byte[] mutated = json.clone();
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            }
            byte[] cut = java.util.Arrays.copyOf(mutated, random.nextInt(mutated.length + 1));
            assertThat(variants.convert(cut)).isInstanceOfAny(Conversion.Row.class, Conversion.Bad.class);
            assertThat(texts.convert(cut)).isInstanceOfAny(Conversion.Row.class, Conversion.Bad.class);
        }
    }
}
