package io.weir.lakehouse.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.iceberg.variants.PhysicalType;
import org.apache.iceberg.variants.Variant;
import org.apache.iceberg.variants.VariantObject;
import org.apache.iceberg.variants.VariantPrimitive;
import org.apache.iceberg.variants.VariantValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VariantEncoderTest {
    static final VariantEncoder.Limits LIMITS = new VariantEncoder.Limits(20, 100, 500, 1 << 20);

    private static final Pattern ODD_DIGIT = Pattern.compile("(?<!\\\\)(\\\\\\\\)*\\\\u[0-9a-fA-F]{0,3}[^\\x00-\\x7f]");

    private final VariantEncoder encoder = new VariantEncoder(LIMITS);

    private Encoding encode(String text) {
        return encoder.encode(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private Variant variant(String text) {
        Encoding encoding = encode(text);
        assertThat(encoding).as(text).isInstanceOf(Encoding.Encoded.class);
        return ((Encoding.Encoded) encoding).variant();
    }

    private static byte[] dictionary(Variant variant) {
        ByteBuffer bytes = ByteBuffer.allocate(variant.metadata().sizeInBytes()).order(ByteOrder.LITTLE_ENDIAN);
        variant.metadata().writeTo(bytes, 0);
        return bytes.array();
    }

    private static byte[] value(Variant variant) {
        ByteBuffer bytes = ByteBuffer.allocate(variant.value().sizeInBytes()).order(ByteOrder.LITTLE_ENDIAN);
        variant.value().writeTo(bytes, 0);
        return bytes.array();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                // The dictionary: version 1 with offsets of 1 byte, how many names, the offsets, the names.
                "null | 010000 | 00",
                "true | 010000 | 04",
                "false | 010000 | 08",
                "-1 | 010000 | 0cff",
                "300 | 010000 | 102c01",
                "-70000 | 010000 | 1490eefeff",
                "5000000000 | 010000 | 1800f2052a01000000",
                "1.5e0 | 010000 | 1c000000000000f83f",
                "-1.50 | 010000 | 20026affffff",
                "1234567890.5 | 010000 | 2401391cdcdf02000000",
                "-12345678901234567890 | 010000 | 28002ef5e0147356ab54ffffffffffffffff",
                "'\"hé\"' | 010000 | 0d68c3a9",
                "[] | 010000 | 030000",
                "[1,\"a\"] | 010000 | 030200 02 04 0c01 0561",
                "{} | 010000 | 020000",
                // Numbered as they come, in the order of their names.
                "{\"b\":1,\"a\":{\"b\":null}} | 01020001026261 | 0202 0100 00 06 08 0201 00 00 01 00 0c01"
            })
    void theBytesAreThoseOfTheFormat(String json, String dictionary, String value) {
        Variant variant = variant(json);
        assertThat(HexFormat.of().formatHex(dictionary(variant))).isEqualTo(dictionary);
        assertThat(HexFormat.of().formatHex(value(variant))).isEqualTo(value.replace(" ", ""));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theBytesAreThoseOfParquetsOwnBuilder(long seed) throws IOException {
        RandomJson texts = new RandomJson(seed);
        for (int i = 0; i < 1_000; i++) {
            String text = texts.next();
            var expected = ParquetsBuilder.variant(text.getBytes(StandardCharsets.UTF_8));
            Variant variant = variant(text);
            assertThat(value(variant)).as(text).isEqualTo(bytes(expected.getValueBuffer()));
            assertThat(dictionary(variant)).as(text).isEqualTo(bytes(expected.getMetadataBuffer()));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void whatJacksonRefusesIsRefusedAndNothingElse(long seed) {
        RandomJson texts = new RandomJson(seed);
        Random random = new Random(seed);
        String interesting = "\"\\{}[]:,0123456789.eE+-truefalsn /u\u0000\n";
        int refused = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] text = texts.next().getBytes(StandardCharsets.UTF_8);
            for (int changes = random.nextInt(3); changes > 0 && text.length > 0; changes--) {
                int at = random.nextInt(text.length);
                text[at] = (byte)
                        (random.nextBoolean()
                                ? random.nextInt(256)
                                : interesting.charAt(random.nextInt(interesting.length())));
            }
            if (random.nextInt(8) == 0) {
                text = Arrays.copyOf(text, random.nextInt(text.length + 1));
            }
            boolean encoded = encoder.encode(ByteBuffer.wrap(text)) instanceof Encoding.Encoded;
            assertThat(encoded).as(new String(text, StandardCharsets.UTF_8)).isEqualTo(isTaken(text));
            refused += encoded ? 0 : 1;
        }
        assertThat(refused).isBetween(500, 4_500);
    }

    private static boolean isTaken(byte[] text) {
        try {
            ParquetsBuilder.variant(text);
            // Jackson takes any character for a digit whose last byte is one's.
            return !ODD_DIGIT.matcher(new String(text, StandardCharsets.UTF_8)).find();
        } catch (IOException refused) {
            return false;
        }
    }

    /** Spark refuses a decimal whose scale is beyond the digits of its type, which Parquet's builder would make. */
    @ParameterizedTest
    @CsvSource({
        "0.000000001, DECIMAL4",
        "0.0000000001, DECIMAL8",
        "-0.000000000000000001, DECIMAL8",
        "0.0000000000000000001, DECIMAL16",
        "0.00000000000000000000000000000000000001, DECIMAL16",
        "0.0000000000, DECIMAL8"
    })
    void aDecimalHasATypeThatItsScaleFits(String text, PhysicalType type) {
        VariantValue value = variant(text).value();
        assertThat(value.type()).isEqualTo(type);
        assertThat(primitive(value)).isEqualTo(new BigDecimal(text));
    }

    @Test
    void utf8IsWhatTheJdkTakesForIt() {
        byte[] text = {'"', 0, 0, 0, 0, '"'};
        int[] interesting = {0x41, 0x7f, 0x80, 0xbf, 0xc0};
        for (int first = 0x80; first < 0x100; first++) {
            for (int second = 0x7e; second < 0xc2; second++) {
                for (int third : interesting) {
                    for (int fourth : interesting) {
                        text[1] = (byte) first;
                        text[2] = (byte) second;
                        text[3] = (byte) third;
                        text[4] = (byte) fourth;
                        boolean encoded = encoder.encode(ByteBuffer.wrap(text)) instanceof Encoding.Encoded;
                        assertThat(encoded)
                                .as("%x %x %x %x", first, second, third, fourth)
                                .isEqualTo(isTaken(text));
                    }
                }
            }
        }
    }

    @Test
    void everyCharacterThatIsEscapedIsTheCharacter() {
        for (int character = 0; character <= Character.MAX_CODE_POINT; character += 37) {
            StringBuilder escaped = new StringBuilder("\"");
            for (char unit : Character.toChars(character)) {
                escaped.append(String.format("\\u%04x", (int) unit));
            }
            String expected =
                    new String(Character.toString(character).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
            assertThat(primitive(variant(escaped + "\"").value())).isEqualTo(expected);
        }
    }

    private static Object primitive(VariantValue value) {
        return ((VariantPrimitive<?>) value.asPrimitive()).get();
    }

    @ParameterizedTest
    @CsvSource({
        "\\ud800, ?",
        "\\udc00, ?",
        "\\ud800x, ?x",
        "\\ud800\\t., ?\t.",
        "\\ud800\\u0041, ?A",
        "\\ud800\\ud83d\\ude00, ?😀",
        "\\ude00\\ud83d, ??"
    })
    void halfACharacterIsAQuestionMark(String escaped, String expected) {
        assertThat(primitive(variant("\"" + escaped + "\"").value())).isEqualTo(expected);
    }

    /**
     * Where Iceberg's, Parquet's and Spark's readers look for them; in UTF-8's order the last two would change places.
     */
    @Test
    void namesAreInJavasOrder() {
        VariantObject object = variant("{\"\uffee\": 1, \"😀\": 2, \"b\\u0000\": 3, \"b\": 4, \"a\": 5,"
                        + "\"a name of more\": 6, \"a name of most\": 7, \"a name 😀\": 8, \"a name \uffee\": 9}")
                .value()
                .asObject();
        assertThat(object.fieldNames())
                .containsExactly(
                        "a",
                        "a name of more",
                        "a name of most",
                        "a name 😀",
                        "a name \uffee",
                        "b",
                        "b\u0000",
                        "😀",
                        "\uffee");
        for (String name : object.fieldNames()) {
            assertThat(object.get(name)).as(name).isNotNull();
        }
        assertThat(primitive(object.get("b"))).isEqualTo((byte) 4);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void ofANameThatOccursMoreThanOnceTheLastValueCounts(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            TreeMap<String, Integer> expected = new TreeMap<>();
            StringBuilder text = new StringBuilder("{");
            int fields = 1 + random.nextInt(80);
            for (int i = 0; i < fields; i++) {
                String name = "n" + random.nextInt(1 + random.nextInt(60));
                int value = random.nextInt(1 << random.nextInt(30));
                expected.put(name, value);
                text.append(i == 0 ? "" : ",")
                        .append('"')
                        .append(name)
                        .append("\":")
                        .append(value);
            }
            VariantObject object = variant(text.append('}').toString()).value().asObject();
            assertThat(object.fieldNames()).containsExactlyElementsOf(expected.keySet());
            expected.forEach((name, value) -> assertThat(((Number) primitive(object.get(name))).intValue())
                    .isEqualTo(value));
        }
    }

    @Test
    void textsWithTheSameNamesShareADictionary() {
        Variant first = variant("{\"a\":1,\"b\":[{\"c\":1}]}");
        assertThat(variant("{\"a\":2,\"b\":[{\"c\":1},{\"a\":2}]}").metadata()).isSameAs(first.metadata());
        assertThat(variant("{\"b\":1,\"a\":2,\"c\":3}").metadata()).isNotSameAs(first.metadata());
        assertThat(variant("{\"a\":1,\"b\":2}").metadata().dictionarySize()).isEqualTo(2);
        assertThat(variant("7").metadata().dictionarySize()).isZero();
    }

    @Test
    void aTextIsTheBytesOfItsBufferAndNoOthers() {
        byte[] around = "9[1,2]9".getBytes(StandardCharsets.UTF_8);
        ByteBuffer inside = ByteBuffer.wrap(around, 1, 5);
        byte[] expected = value(variant("[1,2]"));
        ByteBuffer direct =
                ByteBuffer.allocateDirect(7).put(around).flip().position(1).limit(6);
        for (ByteBuffer text : new ByteBuffer[] {inside, inside.slice(), inside.asReadOnlyBuffer(), direct}) {
            Encoding encoding = encoder.encode(text);
            assertThat(value(((Encoding.Encoded) encoding).variant())).isEqualTo(expected);
            assertThat(text.remaining()).isEqualTo(5);
        }
    }

    @Test
    void depthIsBounded() {
        int most = LIMITS.depth();
        assertThat(encode("[".repeat(most) + "]".repeat(most))).isInstanceOf(Encoding.Encoded.class);
        assertThat(encode("[".repeat(most + 1) + "]".repeat(most + 1))).isInstanceOf(Encoding.NotJson.class);
        assertThat(encode("{\"a\":".repeat(most) + "1" + "}".repeat(most))).isInstanceOf(Encoding.Encoded.class);
        assertThat(encode("{\"a\":".repeat(most + 1) + "1" + "}".repeat(most + 1)))
                .isInstanceOf(Encoding.NotJson.class);
    }

    @Test
    void theDigitsOfANumberAreBounded() {
        int most = LIMITS.numberDigits();
        for (String number : new String[] {"9".repeat(most), "-" + "9".repeat(most), "0." + "1".repeat(most - 1)}) {
            assertThat(encode(number)).isInstanceOf(Encoding.Encoded.class);
            assertThat(encode(number + "1")).isInstanceOf(Encoding.NotJson.class);
            assertThat(encode(number + "e1")).isInstanceOf(Encoding.NotJson.class);
        }
    }

    @Test
    void theLengthOfANameIsBounded() {
        int most = LIMITS.nameChars();
        for (String character : new String[] {"x", "é", "日", "\\n"}) {
            assertThat(encode("{\"" + character.repeat(most) + "\":1}")).isInstanceOf(Encoding.Encoded.class);
            assertThat(encode("{\"" + character.repeat(most + 1) + "\":1}")).isInstanceOf(Encoding.NotJson.class);
        }
        assertThat(encode("{\"" + "😀".repeat(most / 2) + "\":1}")).isInstanceOf(Encoding.Encoded.class);
        assertThat(encode("{\"" + "😀".repeat(most / 2) + "x\":1}")).isInstanceOf(Encoding.NotJson.class);
    }

    @Test
    void theEncodedBytesAreBounded() {
        int header = 1 + Integer.BYTES;
        String longest = "x".repeat(LIMITS.valueBytes() - header);
        assertThat(variant("\"" + longest + "\"").value().sizeInBytes()).isEqualTo(LIMITS.valueBytes());
        assertThat(encode("\"" + longest + "x\"")).isInstanceOf(Encoding.TooMuch.class);
        assertThat(encode("[\"" + longest + "\"]")).isInstanceOf(Encoding.TooMuch.class);
        assertThat(encode("{\"a\":\"" + longest + "\"}")).isInstanceOf(Encoding.TooMuch.class);
        assertThat(primitive(variant("5").value())).isEqualTo((byte) 5);
        assertThatThrownBy(() -> new VariantEncoder.Limits(0, 1, 1, 1 << 20))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNumberThatNoVariantHoldsIsTooMuch() {
        assertThat(encode("[1e999]")).isEqualTo(new Encoding.TooMuch("no number holds 1e999"));
    }
}
