package io.weir.gateway.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.testsupport.streams.MemoryStreams;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampSearchTest {
    private static final StreamLocation STREAM = new StreamLocation(new StreamId(1), new ShardId(0), new Epoch(0));
    private static final StreamLocation NO_STREAM = new StreamLocation(new StreamId(2), new ShardId(0), new Epoch(0));

    private final MemoryStreams streams = new MemoryStreams();
    private final TieredReader reader =
            new TieredReader(streams, streams, TieredReaderConfig.DEFAULT, new SimpleMeterRegistry());

    @BeforeEach
    void open() {
        streams.open(STREAM);
    }

    /** One batch of one record for each timestamp, at offsets from 0 on. */
    private void append(long... timestampsMs) {
        for (long timestampMs : timestampsMs) {
            ByteBuffer batch = ByteBuffer.allocate(RecordBatch.HEADER_BYTES);
            batch.putInt(8, RecordBatch.HEADER_BYTES - RecordBatch.LENGTH_PREFIX_BYTES);
            batch.putLong(35, timestampMs);
            batch.putLong(43, RecordBatch.NO_PRODUCER);
            batch.putInt(57, 1);
            streams.append(STREAM, RecordBatch.trusted(batch)).join();
        }
    }

    private long latest() {
        return reader.latestBatch(STREAM).join().orElseThrow().baseOffset();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 4, 5, 6})
    void findsTheLargestTimestampHoweverMuchIsFlushed(long flushedEnd) {
        append(10, 20, 50, 40, 50, 30);
        streams.flush(STREAM.stream(), flushedEnd);
        assertThat(latest()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, Long.MAX_VALUE - 1})
    void findsTimestampsAtTheEndsOfWhatThereIs(long largestMs) {
        append(-1, largestMs, -1);
        streams.flush(STREAM.stream(), 3);
        assertThat(latest()).isEqualTo(1);
    }

    @Test
    void findsTheLargestOfWhatIsLeftWhenTheLargestOfItsBlockWasTrimmed() {
        // Given: a block whose index still tells of what was trimmed
        append(10, 90, 20, 40, 30);
        streams.flush(STREAM.stream(), 5);
        TieredReader trimmed = new TieredReader(
                streams, new OneBlock(streams, 90), TieredReaderConfig.DEFAULT, new SimpleMeterRegistry());
        streams.trim(STREAM, 2).join();

        // When, then
        assertThat(trimmed.latestBatch(STREAM).join().orElseThrow().baseOffset())
                .isEqualTo(3);
    }

    @Test
    void findsNothingInAnEmptyStream() {
        assertThat(reader.latestBatch(STREAM).join()).isEmpty();
        assertThat(reader.firstBatchReaching(STREAM, 0).join()).isEmpty();
    }

    @Test
    void findsTheFirstBatchThatReachesATimeAndNothingWhenAllAreOlder() {
        append(10, 20, 50, 40);
        streams.flush(STREAM.stream(), 2);
        assertThat(reader.firstBatchReaching(STREAM, 15).join().map(StoredBatch::baseOffset))
                .isEqualTo(Optional.of(1L));
        assertThat(reader.firstBatchReaching(STREAM, 21).join().map(StoredBatch::baseOffset))
                .isEqualTo(Optional.of(2L));
        assertThat(reader.firstBatchReaching(STREAM, 51).join()).isEmpty();
    }

    @Test
    void doesNotTakeAStreamThatIsNotHereForOneWithoutRecords() {
        assertThatThrownBy(() -> reader.firstBatchReaching(NO_STREAM, 0).join())
                .cause()
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.NOT_LEADER));
    }

    @Test
    void failsWhenTheStreamLeavesInTheMiddleOfASearch() {
        // Given: what is flushed is older, and when the tail behind it is read the stream has gone
        append(10, 20);
        streams.flush(STREAM.stream(), 1);
        TieredReader leaving = new TieredReader(
                streams,
                new OneBlock(streams, 5) {
                    @Override
                    void searched() {
                        streams.remove(STREAM.stream());
                    }
                },
                TieredReaderConfig.DEFAULT,
                new SimpleMeterRegistry());

        // When, then
        assertThatThrownBy(() -> leaving.firstBatchReaching(STREAM, 15).join())
                .cause()
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.NOT_LEADER));
    }
}
