package io.weir.kafka.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.gateway.read.TieredReader;
import io.weir.gateway.read.TieredReaderConfig;
import io.weir.kafka.NoConnection;
import io.weir.kafka.protocol.KafkaClient;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.streams.MemoryStreams;
import java.util.List;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.Test;

class LeaderEpochHandlerTest {
    private static final short VERSION = 4;

    private final MemoryMetadata metadata = new MemoryMetadata();
    private final MemoryStreams streams = new MemoryStreams().following(metadata);
    private final LeaderEpochHandler handler = new LeaderEpochHandler(
            new TieredReader(streams, streams, TieredReaderConfig.DEFAULT, new SimpleMeterRegistry()), metadata);
    private final StreamLocation location = metadata.create("t", 1).location(0).orElseThrow();

    /** What the client believes to be current is what this gateway does. */
    private EpochEndOffset ask(int epoch) {
        OffsetForLeaderEpochRequestData body = new OffsetForLeaderEpochRequestData();
        body.topics()
                .add(new OffsetForLeaderTopic()
                        .setTopic("t")
                        .setPartitions(List.of(new OffsetForLeaderPartition()
                                .setCurrentLeaderEpoch(location.incarnation().value())
                                .setLeaderEpoch(epoch))));
        KafkaRequest request = new KafkaRequest(
                new RequestHeader(ApiKeys.OFFSET_FOR_LEADER_EPOCH, VERSION, "test", 1),
                new OffsetsForLeaderEpochRequest(body, VERSION),
                new KafkaClient(new NoConnection(), TenantId.DEFAULT));
        OffsetsForLeaderEpochResponse response =
                (OffsetsForLeaderEpochResponse) handler.handle(request).join();
        return response.data().topics().find("t").partitions().getFirst();
    }

    @Test
    void everyEpochThatWasReachesUpToTheEnd() {
        streams.loseTail(location.stream(), 7);

        EpochEndOffset answer = ask(location.incarnation().value());

        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.NONE);
        assertThat(answer.endOffset()).isEqualTo(7);
        assertThat(answer.leaderEpoch()).isEqualTo(location.incarnation().value());
    }

    @Test
    void anEpochThatNeverWasIsUnknown() {
        EpochEndOffset answer = ask(location.incarnation().value() + 1);

        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.NONE);
        assertThat(answer.endOffset()).isEqualTo(-1);
        assertThat(answer.leaderEpoch()).isEqualTo(-1);
    }

    /** The next epoch is the one of the stream's new place, of which this gateway has not heard. */
    @Test
    void aClientThatKnowsOfAMoveBeforeTheGatewayAsksAgain() {
        streams.remove(location.stream());

        EpochEndOffset answer = ask(location.incarnation().value() + 1);

        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }
}
