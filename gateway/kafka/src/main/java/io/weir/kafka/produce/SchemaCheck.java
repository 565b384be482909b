package io.weir.kafka.produce;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig.SchemaValidation;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks that the records of one batch begin with ids of schemas that are registered for their topic, under the
 * subjects {@code TOPIC-key} and {@code TOPIC-value}: a zero byte, then the id in four bytes, as serializers of every
 * make write them. What is behind them is the consumers' business.
 *
 * <p>Threading: one thread at a time.
 */
final class SchemaCheck {
    /** Zero and an id. */
    static final int PREFIX_BYTES = 5;

    /** Most records that are told with what is wrong with them; behind them nothing more is looked at. */
    static final int MAX_TOLD = 100;

    private static final byte MAGIC = 0;

    private final @Nullable Part key;
    private final @Nullable Part value;
    private final List<BadRecord> bad = new ArrayList<>();

    private SchemaCheck(@Nullable Part key, @Nullable Part value) {
        this.key = key;
        this.value = value;
    }

    /** What the topic wants to be checked; null when it wants nothing. */
    static @Nullable SchemaCheck of(MetadataImage image, Topic topic) {
        SchemaValidation wanted = topic.config().schemaValidation();
        if (wanted == SchemaValidation.NONE) {
            return null;
        }
        return new SchemaCheck(
                wanted.ofKeys() ? new Part("key", image.schemas(), topic) : null,
                wanted.ofValues() ? new Part("value", image.schemas(), topic) : null);
    }

    /** The check of keys, while one is wanted. */
    @Nullable Part keys() {
        return bad.size() < MAX_TOLD ? key : null;
    }

    /** The check of values, while one is wanted. */
    @Nullable Part values() {
        return bad.size() < MAX_TOLD ? value : null;
    }

    /** Notes what is wrong with a record, if anything is; the first time only. */
    void note(int record, @Nullable String problem) {
        if (problem != null && (bad.isEmpty() || bad.getLast().index() != record)) {
            bad.add(new BadRecord(record, problem));
        }
    }

    /** In order of their indices. */
    List<BadRecord> bad() {
        return List.copyOf(bad);
    }

    /** A record that is refused. */
    record BadRecord(int index, String reason) {}

    /** Keys or values. */
    static final class Part {
        private final String name;
        private final SchemaImage schemas;
        private final TenantId tenant;
        private final String subjectName;
        private final Optional<Subject> subject;
        private int known;

        private Part(String name, SchemaImage schemas, Topic topic) {
            this.name = name;
            this.schemas = schemas;
            this.tenant = topic.tenant();
            this.subjectName = topic.name() + "-" + name;
            this.subject = schemas.subject(tenant, subjectName);
        }

        String tooShort(int bytes) {
            return "The " + name + " of " + bytes + " bytes is too short for a schema id";
        }

        /** What is wrong with the id; null when it is registered for the topic. */
        @Nullable String problem(byte magic, int id) {
            if (magic == MAGIC && id == known && id != 0) {
                return null;
            }
            if (magic != MAGIC) {
                return "The " + name + " begins with byte " + magic + ", not with 0 and a schema id";
            }
            if (id < 1 || schemas.schema(tenant, new SchemaId(id)).isEmpty()) {
                return "The " + name + " has schema id " + id + ", which is not registered";
            }
            if (subject.flatMap(present -> present.liveVersionOf(new SchemaId(id)))
                    .isEmpty()) {
                return "The " + name + " has schema id " + id + ", which is not registered under subject '"
                        + subjectName + "'";
            }
            known = id;
            return null;
        }
    }
}
