package io.weir.kafka.produce;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.StreamAppender;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.protocol.CloseConnection;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.kafka.topics.Uuids;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.jspecify.annotations.Nullable;

/**
 * One Produce request: its batches are checked, appended in order, and answered together.
 *
 * <p>Threading: one thread at a time until {@link #append}; answers of the appender may come on any.
 */
final class ProduceOperation {
    private static final short TOPIC_IDS_SINCE = 13;

    private final KafkaRequest request;
    private final StreamAppender appender;
    private final BatchChecker checker;
    private final ProduceResponseData answer = new ProduceResponseData();
    private final List<Part> parts = new ArrayList<>();
    private final CompletableFuture<@Nullable AbstractResponse> done = new CompletableFuture<>();
    private final AtomicInteger unanswered = new AtomicInteger(1);

    ProduceOperation(KafkaRequest request, StreamAppender appender, BatchChecker checker) {
        this.request = request;
        this.appender = appender;
        this.checker = checker;
    }

    /**
     * Checks what can be checked on an event loop.
     *
     * @param refusal answered for every partition instead, when there is one
     * @return whether some batches are still to be {@linkplain #open opened}
     */
    boolean check(MetadataImage image, CheckedBatch.@Nullable Refused refusal) {
        ProduceRequestData data = request.body(ProduceRequest.class).data();
        boolean unopened = false;
        for (TopicProduceData wanted : data.topicData()) {
            Topic topic = topic(image, wanted);
            List<PartitionProduceResponse> answers =
                    new ArrayList<>(wanted.partitionData().size());
            answer.responses()
                    .add(new TopicProduceResponse()
                            .setName(wanted.name())
                            .setTopicId(wanted.topicId())
                            .setPartitionResponses(answers));
            for (PartitionProduceData partition : wanted.partitionData()) {
                PartitionProduceResponse slot = new PartitionProduceResponse()
                        .setIndex(partition.index())
                        .setLogStartOffset(-1)
                        .setBaseOffset(-1);
                answers.add(slot);
                if (refusal != null) {
                    refuse(slot, refusal);
                } else {
                    unopened |= check(image, topic, partition, slot);
                }
            }
        }
        return unopened;
    }

    private @Nullable Topic topic(MetadataImage image, TopicProduceData wanted) {
        Optional<Topic> found = request.version() >= TOPIC_IDS_SINCE
                ? image.topic(Uuids.topicId(wanted.topicId()))
                        .filter(topic -> topic.tenant().equals(request.tenant()))
                : image.topic(request.tenant(), wanted.name());
        return found.orElse(null);
    }

    private boolean check(
            MetadataImage image, @Nullable Topic topic, PartitionProduceData partition, PartitionProduceResponse slot) {
        if (topic == null) {
            boolean byId = request.version() >= TOPIC_IDS_SINCE;
            refuse(slot, byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION, "No such topic");
            return false;
        }
        StreamLocation location = topic.location(partition.index()).orElse(null);
        if (location == null) {
            refuse(slot, Errors.UNKNOWN_TOPIC_OR_PARTITION, "No partition " + partition.index());
            return false;
        }
        if (!(partition.records() instanceof MemoryRecords records)) {
            refuse(slot, Errors.INVALID_RECORD, "Partition has no records");
            return false;
        }
        ByteBuffer bytes = records.buffer();
        SchemaCheck schemas = SchemaCheck.of(image, topic);
        CheckedBatch checked = checker.check(bytes, request.version(), topic.config(), schemas);
        if (checked instanceof CheckedBatch.Refused refused) {
            refuse(slot, refused);
            return false;
        }
        parts.add(new Part(topic, location, slot, checked, schemas));
        return checked instanceof CheckedBatch.Unopened;
    }

    /** Looks inside the batches that {@link #check} has not opened. */
    void open() {
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (part.checked() instanceof CheckedBatch.Unopened(var batch)) {
                parts.set(i, part.with(checker.open(batch, part.topic().config(), part.schemas())));
            }
        }
    }

    /** Hands the batches over in order. The answer is null when none is wanted. */
    CompletableFuture<@Nullable AbstractResponse> append() {
        unanswered.addAndGet(parts.size());
        for (Part part : parts) {
            switch (part.checked()) {
                case CheckedBatch.Ready(var batch, long logAppendTimeMs) -> {
                    part.slot().setLogAppendTimeMs(logAppendTimeMs);
                    var _ = appender.append(part.location(), batch)
                            .whenComplete((result, failure) -> answered(part.slot(), result, failure));
                }
                case CheckedBatch.Refused refused -> {
                    refuse(part.slot(), refused);
                    countDown();
                }
                case CheckedBatch.Unopened unopened ->
                    throw new IllegalStateException("Batch was never opened: " + unopened);
            }
        }
        countDown();
        return done;
    }

    private void answered(PartitionProduceResponse slot, @Nullable AppendResult result, @Nullable Throwable failure) {
        if (result == null) {
            refuse(slot, failure == null ? Errors.UNKNOWN_SERVER_ERROR : ErrorTable.of(failure), "Append failed");
        } else {
            switch (result) {
                case AppendResult.Committed(long base, long logStart) ->
                    slot.setBaseOffset(base).setLogStartOffset(logStart);
                case AppendResult.Duplicate(long base, long logStart) -> repeated(slot, base, logStart);
                case AppendResult.Refused(var reason, String message) -> refuse(slot, ErrorTable.of(reason), message);
                case AppendResult.Moved(String message) -> refuse(slot, Errors.NOT_LEADER_OR_FOLLOWER, message);
                case AppendResult.Unknown(String message) -> refuse(slot, Errors.REQUEST_TIMED_OUT, message);
            }
        }
        countDown();
    }

    /** By the error clients know that it is done, and that nobody can say at which offset. */
    private void repeated(PartitionProduceResponse slot, long base, long logStart) {
        if (base == AppendResult.Duplicate.FORGOTTEN) {
            refuse(slot, Errors.DUPLICATE_SEQUENCE_NUMBER, "The batch was appended before, and many others since");
        } else {
            slot.setBaseOffset(base).setLogStartOffset(logStart);
        }
    }

    private void refuse(PartitionProduceResponse slot, CheckedBatch.Refused refused) {
        refuse(slot, refused.error(), refused.message());
        for (SchemaCheck.BadRecord bad : refused.bad()) {
            slot.recordErrors()
                    .add(new BatchIndexAndErrorMessage()
                            .setBatchIndex(bad.index())
                            .setBatchIndexErrorMessage(bad.reason()));
        }
    }

    private void refuse(PartitionProduceResponse slot, Errors error, String message) {
        slot.setErrorCode(error.code())
                .setErrorMessage(message)
                .setBaseOffset(-1)
                .setLogAppendTimeMs(-1);
    }

    private void countDown() {
        if (unanswered.decrementAndGet() == 0) {
            if (request.body(ProduceRequest.class).acks() != 0) {
                done.complete(new ProduceResponse(answer));
            } else if (anyRefused()) {
                done.completeExceptionally(new CloseConnection("Produce without acknowledgement failed"));
            } else {
                done.complete(null);
            }
        }
    }

    private boolean anyRefused() {
        return answer.responses().stream()
                .flatMap(topic -> topic.partitionResponses().stream())
                .anyMatch(slot -> slot.errorCode() != Errors.NONE.code());
    }

    private record Part(
            Topic topic,
            StreamLocation location,
            PartitionProduceResponse slot,
            CheckedBatch checked,
            @Nullable SchemaCheck schemas) {
        Part with(CheckedBatch opened) {
            return new Part(topic, location, slot, opened, schemas);
        }
    }
}
