package io.weir.registry.json;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.everit.json.schema.ArraySchema;
import org.everit.json.schema.CombinedSchema;
import org.everit.json.schema.ConditionalSchema;
import org.everit.json.schema.NotSchema;
import org.everit.json.schema.ObjectSchema;
import org.everit.json.schema.ReferenceSchema;
import org.everit.json.schema.Schema;
import org.everit.json.schema.SchemaLocation;
import org.jspecify.annotations.Nullable;

/**
 * How large a schema is once every reference is replaced by what it refers to, until one recurs on its own path.
 * Schemas are compared in this form, which can be exponentially larger than their texts.
 */
final class Unfolding {
    static final int MAX_NODES = 10_000;

    static final int MAX_DEPTH = 256;

    private final Set<SchemaLocation> path = new HashSet<>();
    private int nodes;

    private Unfolding() {}

    /** Whether it stays within the bounds. Takes time in proportion to them at most. */
    static boolean bounded(Schema schema) {
        return new Unfolding().walk(schema, 0);
    }

    private boolean walk(Schema schema, int depth) {
        nodes++;
        if (nodes > MAX_NODES || depth > MAX_DEPTH) {
            return false;
        }
        boolean entered = schema instanceof ReferenceSchema && path.add(schema.getLocation());
        if (schema instanceof ReferenceSchema && !entered) {
            return true;
        }
        for (Schema child : children(schema)) {
            if (!walk(child, depth + 1)) {
                return false;
            }
        }
        if (entered) {
            path.remove(schema.getLocation());
        }
        return true;
    }

    // Everit names no successor for its schemas by pattern.
    @SuppressWarnings("deprecation")
    private static List<Schema> children(Schema schema) {
        List<@Nullable Schema> children = new ArrayList<>();
        switch (schema) {
            case ReferenceSchema reference -> children.add(reference.getReferredSchema());
            case CombinedSchema combined -> children.addAll(combined.getSubschemas());
            case NotSchema not -> children.add(not.getMustNotMatch());
            case ConditionalSchema conditional -> {
                children.add(conditional.getIfSchema().orElse(null));
                children.add(conditional.getThenSchema().orElse(null));
                children.add(conditional.getElseSchema().orElse(null));
            }
            case ArraySchema array -> {
                children.add(array.getAllItemSchema());
                children.add(array.getContainedItemSchema());
                children.add(array.getSchemaOfAdditionalItems());
                if (array.getItemSchemas() != null) {
                    children.addAll(array.getItemSchemas());
                }
            }
            case ObjectSchema object -> {
                children.add(object.getPropertyNameSchema());
                children.add(object.getSchemaOfAdditionalProperties());
                children.addAll(object.getPropertySchemas().values());
                children.addAll(object.getSchemaDependencies().values());
                children.addAll(object.getPatternProperties().values());
            }
            default -> {}
        }
        return children.stream()
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }
}
