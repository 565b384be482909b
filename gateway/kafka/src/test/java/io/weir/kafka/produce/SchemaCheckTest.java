package io.weir.kafka.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SchemaCheckTest {
    private static final int MAX_DECOMPRESSED_BYTES = 1 << 20;

    private final MemoryMetadata metadata = new MemoryMetadata();
    private final BatchChecker checker = new BatchChecker(MAX_DECOMPRESSED_BYTES, Clock.systemUTC());
    private final int valueId =
            metadata.schemas().avro("t-value", "\"string\"").id().value();
    private final int keyId = metadata.schemas().avro("t-key", "\"long\"").id().value();
    private final int foreignId =
            metadata.schemas().avro("other-value", "\"double\"").id().value();

    private Topic topic(String validation) {
        var created = metadata.createTopic(TenantId.DEFAULT, "t", 1, Map.of(TopicConfig.SCHEMA_VALIDATION, validation))
                .join();
        if (created instanceof MetadataResult.Accepted<Topic>(Topic topic)) {
            return topic;
        }
        throw new AssertionError(created);
    }

    private static byte[] framed(int id, int payloadBytes) {
        return ByteBuffer.allocate(5 + payloadBytes).put((byte) 0).putInt(id).array();
    }

    private static SimpleRecord pair(byte @Nullable [] key, byte @Nullable [] value) {
        return new SimpleRecord(1_000L, key, value);
    }

    private CheckedBatch checked(Topic topic, CompressionType codec, SimpleRecord... records) {
        MemoryRecords produced = MemoryRecords.withRecords(Compression.of(codec).build(), records);
        SchemaCheck schemas = SchemaCheck.of(metadata.image(), topic);
        CheckedBatch checked = checker.check(produced.buffer(), (short) 12, topic.config(), schemas);
        return checked instanceof CheckedBatch.Unopened(RecordBatch batch)
                ? checker.open(batch, topic.config(), schemas)
                : checked;
    }

    private static CheckedBatch.Refused refused(CheckedBatch checked) {
        assertThat(checked).isInstanceOf(CheckedBatch.Refused.class);
        CheckedBatch.Refused refused = (CheckedBatch.Refused) checked;
        assertThat(refused.error()).isEqualTo(Errors.INVALID_RECORD);
        return refused;
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void takesRecordsWithRegisteredSchemasUnderEveryCodec(CompressionType codec) {
        Topic topic = topic("both");
        assertThat(checked(
                        topic,
                        codec,
                        pair(framed(keyId, 8), framed(valueId, 100)),
                        pair(framed(keyId, 0), framed(valueId, 0))))
                .isInstanceOf(CheckedBatch.Ready.class);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void namesTheRecordsThatAreNotAcceptedUnderEveryCodec(CompressionType codec) {
        // When
        CheckedBatch.Refused refused = refused(checked(
                topic("value"),
                codec,
                pair(null, framed(valueId, 10)),
                pair(null, framed(foreignId, 10)),
                pair(null, framed(999, 10)),
                pair(null, framed(-1, 10)),
                pair(null, new byte[] {7, 0, 0, 0, 1, 2}),
                pair(null, new byte[4]),
                pair(null, new byte[0])));

        // Then
        assertThat(refused.message()).contains("6 records", "record 1", "not registered under subject 't-value'");
        assertThat(refused.bad()).extracting(SchemaCheck.BadRecord::index).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(refused.bad())
                .extracting(SchemaCheck.BadRecord::reason)
                .satisfiesExactly(
                        reason -> assertThat(reason).contains("id " + foreignId, "not registered under"),
                        reason -> assertThat(reason).endsWith("id 999, which is not registered"),
                        reason -> assertThat(reason).contains("id -1"),
                        reason -> assertThat(reason).contains("begins with byte 7"),
                        reason -> assertThat(reason).contains("4 bytes is too short"),
                        reason -> assertThat(reason).contains("0 bytes is too short"));
    }

    @ParameterizedTest
    @CsvSource({"key, false, true", "value, true, false", "both, false, false", "none, true, true"})
    void looksAtThePartsThatTheTopicNames(String validation, boolean rawKey, boolean rawValue) {
        Topic topic = topic(validation);
        assertThat(
                        checked(topic, CompressionType.NONE, pair(new byte[9], framed(valueId, 1)))
                                instanceof CheckedBatch.Ready)
                .as("a key without a schema")
                .isEqualTo(rawKey);
        assertThat(
                        checked(topic, CompressionType.NONE, pair(framed(keyId, 1), new byte[9]))
                                instanceof CheckedBatch.Ready)
                .as("a value without a schema")
                .isEqualTo(rawValue);
    }

    @Test
    void nullsHaveNoSchema() {
        assertThat(checked(topic("both"), CompressionType.NONE, pair(null, null), pair(framed(keyId, 1), null)))
                .isInstanceOf(CheckedBatch.Ready.class);
    }

    @Test
    void oneRecordIsNamedOnce() {
        CheckedBatch.Refused refused =
                refused(checked(topic("both"), CompressionType.NONE, pair(new byte[1], new byte[1])));
        assertThat(refused.bad())
                .singleElement()
                .satisfies(bad -> assertThat(bad.reason()).startsWith("The key"));
    }

    @Test
    void schemasOfDeletedVersionsAreNotAccepted() {
        // Given
        Topic topic = topic("value");
        assertThat(checked(topic, CompressionType.NONE, pair(null, framed(valueId, 1))))
                .isInstanceOf(CheckedBatch.Ready.class);

        // When
        var _ = metadata.schemas()
                .deleteVersion(TenantId.DEFAULT, "t-value", 1, false)
                .join();

        // Then
        refused(checked(topic, CompressionType.NONE, pair(null, framed(valueId, 1))));
    }

    @ParameterizedTest
    @CsvSource({"99, 99, '99 records'", "100, 100, at least 100", "101, 100, at least 100", "5000, 100, at least 100"})
    void tellsNoMoreThanAHundred(int records, int told, String message) {
        CheckedBatch.Refused refused = refused(checked(
                topic("value"),
                CompressionType.GZIP,
                IntStream.range(0, records)
                        .mapToObj(i -> pair(null, new byte[3]))
                        .toArray(SimpleRecord[]::new)));
        assertThat(refused.bad()).hasSize(told);
        assertThat(refused.message()).contains(message);
    }

    @Test
    void theBoundOnDecompressedBytesHoldsHereToo() {
        SimpleRecord[] records = new SimpleRecord[3];
        Arrays.setAll(records, i -> pair(null, framed(valueId, MAX_DECOMPRESSED_BYTES / 2)));
        CheckedBatch.Refused refused = refused(checked(topic("value"), CompressionType.GZIP, records));
        assertThat(refused.message()).contains("when decompressed");
        assertThat(refused.bad()).isEmpty();
    }

    @Test
    void aTopicWithoutTheSettingHasNoCheck() {
        assertThat(SchemaCheck.of(metadata.image(), topic("none"))).isNull();
    }
}
