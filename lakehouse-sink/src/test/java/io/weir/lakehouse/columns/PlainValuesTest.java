package io.weir.lakehouse.columns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.metadata.TableConfig.ValueFormat;
import io.weir.contracts.read.StoredRecord;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The columns that every table has, values as bytes, and values as text. */
class PlainValuesTest {
    private static final long YEAR_1_MS = -62_135_596_800_000L;
    private static final long LAST_OF_9999_MS = 253_402_300_799_999L;

    private final Rows raw = new Rows(ValueFormat.RAW, 2, SchemasById.NONE);
    private final Rows utf8 = new Rows(ValueFormat.UTF8, 2, SchemasById.NONE);

    private static StoredRecord at(long timestampMs, boolean logAppendTime) {
        return new StoredRecord(1L << 40, timestampMs, logAppendTime, null, null, List.of());
    }

    @Test
    void aRecordsPlaceTimeKeyHeadersAndBytesComeBackFromParquet() {
        // Given
        ByteBuffer one = ByteBuffer.wrap(new byte[] {1});
        StoredRecord record = new StoredRecord(
                1L << 40,
                Rows.TIME_MS,
                true,
                ByteBuffer.wrap(new byte[] {2, 3}),
                ByteBuffer.wrap(new byte[] {0, -1}),
                List.of(new StoredRecord.Header("h", one), new StoredRecord.Header("h", null)));

        // When
        Record row = raw.throughParquet(((Conversion.Row) raw.convert(record)).row());

        // Then
        assertThat(row.getField("_partition_id")).isEqualTo(3);
        assertThat(row.getField("_offset")).isEqualTo(1L << 40);
        assertThat(row.getField("_timestamp"))
                .isEqualTo(Instant.ofEpochMilli(Rows.TIME_MS).atOffset(ZoneOffset.UTC));
        assertThat(row.getField("_timestamp_type")).isEqualTo("LogAppendTime");
        assertThat(row.getField("_key")).isEqualTo(ByteBuffer.wrap(new byte[] {2, 3}));
        assertThat(row.getField("value")).isEqualTo(ByteBuffer.wrap(new byte[] {0, -1}));
        assertThat((List<?>) row.getField("_headers"))
                .satisfiesExactly(
                        header ->
                                assertThat(((Record) header).getField("value")).isEqualTo(one),
                        header ->
                                assertThat(((Record) header).getField("value")).isNull());
    }

    @Test
    void aTombstoneIsARowWithoutAValueAndNothingOfTheRowBefore() {
        // Given
        assertThat(raw.row(Rows.text("before")).getField("value")).isNotNull();

        // When
        Record row = raw.row(null);

        // Then
        assertThat(row.getField("value")).isNull();
        assertThat(row.getField("_key")).isNull();
        assertThat((List<?>) row.getField("_headers")).isEmpty();
        assertThat(row.getField("_timestamp_type")).isEqualTo("CreateTime");
    }

    @Test
    void aTimeIsWithinTheYearsThatEnginesKnow() {
        for (long known : new long[] {YEAR_1_MS, 0, LAST_OF_9999_MS}) {
            Record row = raw.throughParquet(((Conversion.Row) raw.convert(at(known, false))).row());
            assertThat(row.getField("_timestamp"))
                    .isEqualTo(Instant.ofEpochMilli(known).atOffset(ZoneOffset.UTC));
        }
        for (long unknown : new long[] {YEAR_1_MS - 1, LAST_OF_9999_MS + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThat(raw.convert(at(unknown, false)))
                    .isEqualTo(new Conversion.Bad("timestamp " + unknown + " is outside of the years 1 to 9999"));
        }
    }

    @Test
    void aRecordWithoutATimeHasNone() {
        assertThat(((Conversion.Row) raw.convert(at(-1, false))).row().getField("_timestamp"))
                .isNull();
    }

    @Test
    void textIsText() {
        for (String text : new String[] {"", "plain", "h\u00e4l\u00f6 \ud83d\ude00", "\u0000"}) {
            assertThat(utf8.row(Rows.text(text)).getField("value")).isEqualTo(text);
        }
        assertThat(utf8.row(null).getField("value")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "c0 80", "ed a0 80", "f0 9f 98", "f4 90 80 80", "61 80"})
    void whatIsNoUtf8IsRefused(String hex) {
        assertThat(utf8.refused(java.util.HexFormat.ofDelimiter(" ").parseHex(hex)))
                .contains("not UTF-8");
        // and what comes next is read as if nothing had been
        assertThat(utf8.row(Rows.text("x")).getField("value")).isEqualTo("x");
    }

    @Test
    void aValueOfAnotherTypeThanTheColumnHasOneOfItsOwn() {
        // Given
        List<NestedField> fields = new ArrayList<>(SystemColumns.FIELDS);
        fields.add(NestedField.optional(20, "value", Types.StringType.get()));
        Schema textual = new Schema(fields);

        // Then
        assertThat(names(ValueColumns.of(ValueFormat.RAW, 2, textual, SchemasById.NONE)))
                .containsExactly("value_raw");
        assertThat(names(ValueColumns.of(ValueFormat.JSON, 3, textual, SchemasById.NONE)))
                .containsExactly("value_json");
        assertThat(names(ValueColumns.of(ValueFormat.JSON, 2, textual, SchemasById.NONE)))
                .containsExactly("value");
        assertThat(names(ValueColumns.of(ValueFormat.UTF8, 2, textual, SchemasById.NONE)))
                .containsExactly("value");
        assertThat(names(ValueColumns.of(ValueFormat.UTF8, 2, raw.schema(), SchemasById.NONE)))
                .containsExactly("value_utf8");
    }

    private static List<String> names(ValueColumns values) {
        return values.fixed().stream().map(NestedField::name).toList();
    }
}
