package io.weir.lakehouse.columns;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaType;
import io.weir.contracts.schema.SubjectVersion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's schemas as the metadata's image has them, with all that they refer to.
 *
 * @param image the present one
 */
public record RegisteredSchemas(TenantId tenant, Supplier<SchemaImage> image) implements SchemasById {
    /** Most schemas that one uses, by way of others too. */
    static final int MAX_USED = 256;

    @Override
    public Found schema(int id) {
        if (id < 1) {
            return new Found.Missing();
        }
        SchemaImage present = image.get();
        Optional<SchemaDefinition> definition = present.schema(tenant, new SchemaId(id));
        if (definition.isEmpty()) {
            return new Found.Missing();
        }
        if (definition.get().type() != SchemaType.AVRO) {
            return new Found.OtherKind(definition.get().type().name().toLowerCase(Locale.ROOT));
        }
        Used used = new Used(present);
        String wrong = used.add(definition.get());
        return wrong == null
                ? new Found.Avro(definition.get().text(), List.copyOf(used.texts.values()))
                : new Found.Unreadable(wrong);
    }

    /** What a schema refers to, each after what it refers to itself. */
    private final class Used {
        private final SchemaImage present;
        private final Map<SchemaId, String> texts = new LinkedHashMap<>();
        private int looked;

        Used(SchemaImage present) {
            this.present = present;
        }

        /** Returns what is wrong, or null. */
        private @Nullable String add(SchemaDefinition definition) {
            for (SchemaReference reference : definition.references()) {
                if (++looked > MAX_USED) {
                    return "it uses more than " + MAX_USED + " others";
                }
                Optional<SchemaId> id = present.subject(tenant, reference.subject())
                        .flatMap(subject -> subject.version(reference.version()))
                        .map(SubjectVersion::id);
                Optional<SchemaDefinition> used = id.flatMap(known -> present.schema(tenant, known));
                if (used.isEmpty()) {
                    return "it uses version " + reference.version() + " of " + reference.subject()
                            + ", which is not there";
                }
                if (!texts.containsKey(id.get())) {
                    String wrong = add(used.get());
                    if (wrong != null) {
                        return wrong;
                    }
                    texts.put(id.get(), used.get().text());
                }
            }
            return null;
        }
    }
}
