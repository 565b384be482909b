package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.metadata.Topic;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeTopicPartitionsRequest;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class AdministrationTest {
    private static RunningGateway running;

    @BeforeAll
    static void start() {
        running = new RunningGateway();
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    private static TopicPartition tenRecords(String name) throws Exception {
        Topic topic = running.metadata.create(name, 1);
        try (KafkaProducer<byte[], byte[]> producer = running.producer(Map.of())) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topic.name(), new byte[] {1}))
                        .get(60, TimeUnit.SECONDS);
            }
        }
        return new TopicPartition(name, 0);
    }

    private static long delete(Admin admin, TopicPartition partition, long before) throws Exception {
        var answer = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
                .lowWatermarks()
                .get(partition);
        return java.util.Objects.requireNonNull(answer)
                .get(60, TimeUnit.SECONDS)
                .lowWatermark();
    }

    @Test
    void deletesRecordsUpToAnOffsetAndNeverTakesItBack() throws Exception {
        TopicPartition partition = tenRecords("delete-up-to");
        try (Admin admin = running.admin()) {
            assertThat(delete(admin, partition, 4)).isEqualTo(4);
            assertThat(delete(admin, partition, 2)).isEqualTo(4);
            assertThat(delete(admin, partition, 10)).isEqualTo(10);
        }
    }

    @Test
    void minusOneDeletesRecordsUpToTheEnd() throws Exception {
        TopicPartition partition = tenRecords("delete-all");
        try (Admin admin = running.admin()) {
            assertThat(delete(admin, partition, -1)).isEqualTo(10);
        }
    }

    @Test
    void refusesToDeleteRecordsBeyondTheEnd() throws Exception {
        TopicPartition partition = tenRecords("delete-beyond");
        try (Admin admin = running.admin()) {
            assertThatThrownBy(() -> delete(admin, partition, 11)).hasCauseInstanceOf(OffsetOutOfRangeException.class);
            assertThat(delete(admin, partition, 0)).isZero();
        }
    }

    @Test
    void describesPartitionsAPageAtATime() throws Exception {
        // Given
        running.metadata.create("page-a", 3);
        running.metadata.create("page-b", 2);
        DescribeTopicPartitionsRequestData request = new DescribeTopicPartitionsRequestData()
                .setResponsePartitionLimit(2)
                .setTopics(List.of(
                        new DescribeTopicPartitionsRequestData.TopicRequest().setName("page-b"),
                        new DescribeTopicPartitionsRequestData.TopicRequest().setName("page-a")));

        // When
        List<String> pages = new ArrayList<>();
        try (RawClient client = new RawClient(running.port())) {
            DescribeTopicPartitionsResponseData.Cursor next;
            do {
                DescribeTopicPartitionsResponseData page = (DescribeTopicPartitionsResponseData)
                        client.call(new DescribeTopicPartitionsRequest(request, (short) 0))
                                .data();
                StringBuilder seen = new StringBuilder();
                page.topics()
                        .forEach(topic -> topic.partitions()
                                .forEach(found -> seen.append(topic.name())
                                        .append('/')
                                        .append(found.partitionIndex())
                                        .append(' ')));
                pages.add(seen.toString().trim());
                next = page.nextCursor();
                if (next != null) {
                    request.setCursor(new DescribeTopicPartitionsRequestData.Cursor()
                            .setTopicName(next.topicName())
                            .setPartitionIndex(next.partitionIndex()));
                }
            } while (next != null);
        }

        // Then
        assertThat(pages).containsExactly("page-a/0 page-a/1", "page-a/2 page-b/0", "page-b/1");
    }

    @Test
    void givesEveryProducerAnIdOfItsOwnBeyondABlock() throws Exception {
        Set<Long> ids = new HashSet<>();
        try (RawClient client = new RawClient(running.port())) {
            for (int i = 0; i < 1001; i++) {
                ids.add(initProducer(client, null).producerId());
            }
        }
        assertThat(ids).hasSize(1001).doesNotContain(-1L);
    }

    private static InitProducerIdResponseData initProducer(
            RawClient client, @org.jspecify.annotations.Nullable String transactionalId) throws Exception {
        InitProducerIdRequestData data = new InitProducerIdRequestData()
                .setTransactionalId(transactionalId)
                .setTransactionTimeoutMs(1000);
        return (InitProducerIdResponseData) client.call(new InitProducerIdRequest.Builder(data).build((short) 4))
                .data();
    }

    @Test
    void refusesTransactionsWithAMessageThatSaysSo() throws Exception {
        try (RawClient client = new RawClient(running.port())) {
            assertThat(initProducer(client, "t").errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
        }
        try (KafkaProducer<byte[], byte[]> producer =
                running.producer(Map.of("transactional.id", "t", "max.block.ms", "20000"))) {
            assertThatThrownBy(producer::initTransactions)
                    .hasStackTraceContaining("Transactions are not offered by this service");
        }
    }

    @Test
    void aGatewayThatClosesIsKnownNoMore() {
        RunningGateway brief = new RunningGateway();
        assertThat(brief.metadata.image().nodes()).hasSize(1);
        brief.close();
        assertThat(brief.metadata.image().nodes()).isEmpty();
    }
}
