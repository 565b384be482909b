package io.weir.kafka.group.coordinator;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.Topic;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;

/**
 * A tenant's topics as the coordinator looks at them: a view of Weir's image that copies nothing, however many
 * partitions there are.
 *
 * <p>Threading: immutable.
 */
record TenantTopics(MetadataImage image, TenantId tenant) implements CoordinatorMetadataImage {
    static Uuid uuid(TopicId topic) {
        return new Uuid(topic.value().getMostSignificantBits(), topic.value().getLeastSignificantBits());
    }

    @Override
    public Set<Uuid> topicIds() {
        return new View<>(
                topic -> uuid(topic.id()),
                id -> id instanceof Uuid wanted && topicMetadata(wanted).isPresent());
    }

    @Override
    public Set<String> topicNames() {
        return new View<>(
                Topic::name,
                name -> name instanceof String wanted && topicMetadata(wanted).isPresent());
    }

    @Override
    public Optional<TopicMetadata> topicMetadata(String name) {
        return image.topic(tenant, name).map(Seen::new);
    }

    @Override
    public Optional<TopicMetadata> topicMetadata(Uuid id) {
        return image.topic(new TopicId(new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits())))
                .filter(topic -> topic.tenant().equals(tenant))
                .map(Seen::new);
    }

    @Override
    public CoordinatorMetadataDelta emptyDelta() {
        return new Delta(this, Set.of(), Set.of(), Set.of());
    }

    @Override
    public long version() {
        return image.version();
    }

    @Override
    public boolean isEmpty() {
        return image.topics(tenant).isEmpty();
    }

    private record Seen(Topic topic) implements TopicMetadata {
        @Override
        public String name() {
            return topic.name();
        }

        @Override
        public Uuid id() {
            return uuid(topic.id());
        }

        @Override
        public int partitionCount() {
            return topic.partitions();
        }

        /** There are no racks; the coordinator sorts the list in place. */
        @Override
        public List<String> partitionRacks(int partition) {
            return new ArrayList<>(0);
        }
    }

    private final class View<T> extends AbstractSet<T> {
        private final Function<Topic, T> seenAs;
        private final Predicate<Object> member;

        View(Function<Topic, T> seenAs, Predicate<Object> member) {
            this.seenAs = seenAs;
            this.member = member;
        }

        @Override
        public Iterator<T> iterator() {
            return image.topics(tenant).stream().map(seenAs).iterator();
        }

        @Override
        public int size() {
            return image.topics(tenant).size();
        }

        @Override
        public boolean contains(Object candidate) {
            return member.test(candidate);
        }
    }

    /**
     * What changed since an earlier image.
     *
     * @param image the earlier one, in which deleted topics are found
     */
    record Delta(
            CoordinatorMetadataImage image,
            Collection<Uuid> createdTopicIds,
            Collection<Uuid> changedTopicIds,
            Set<Uuid> deletedTopicIds)
            implements CoordinatorMetadataDelta {}
}
