package io.weir.kafka.group.coordinator;

import io.weir.contracts.identity.TopicId;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordType;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/** Picks the committed offsets out of the coordinator's records. */
final class OffsetRecords {
    private static final GroupCoordinatorRecordSerde SERDE = new GroupCoordinatorRecordSerde();

    /** What a commit carries whose topic id was not known. */
    static final TopicId UNKNOWN_TOPIC = topicId(Uuid.ZERO_UUID);

    private final CommitObserver observer;

    OffsetRecords(CommitObserver observer) {
        this.observer = observer;
    }

    /** Whether this key, as Kafka writes it, is of an offset. */
    static boolean isOffset(ByteBuffer kafkaKey) {
        return kafkaKey.getShort(kafkaKey.position()) == CoordinatorRecordType.OFFSET_COMMIT.id();
    }

    /** Tells the observer, if the record is of an offset. */
    void observe(int cell, ByteBuffer kafkaKey, @Nullable ByteBuffer value) {
        if (isOffset(kafkaKey)) {
            observe(cell, SERDE.deserialize(kafkaKey.duplicate(), value == null ? null : value.duplicate()));
        }
    }

    /** Tells the observer, if the record is of an offset. */
    void observe(int cell, CoordinatorRecord written) {
        if (!(written.key() instanceof OffsetCommitKey key)) {
            return;
        }
        CommitObserver.Position position = new CommitObserver.Position(cell, key.group(), key.topic(), key.partition());
        ApiMessageAndVersion value = written.value();
        if (value == null) {
            observer.removed(position);
        } else if (value.message() instanceof OffsetCommitValue commit) {
            observer.committed(position, topicId(commit.topicId()), commit.offset(), commit.commitTimestamp());
        }
    }

    static TopicId topicId(Uuid id) {
        return new TopicId(new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits()));
    }
}
