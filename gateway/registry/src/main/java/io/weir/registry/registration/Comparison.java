package io.weir.registry.registration;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.registry.language.ParsedSchema;
import java.util.ArrayList;
import java.util.List;

/** Compares a schema with those that are there, newest first, up to the first that it is incompatible with. */
final class Comparison {
    /** Of one message: obstacles quote schemas. */
    private static final int MAX_MESSAGE_CHARS = 1_000;

    private final SchemaReader reader;
    private final SchemaImage image;
    private final TenantId tenant;

    Comparison(SchemaReader reader, SchemaImage image, TenantId tenant) {
        this.reader = reader;
        this.image = image;
        this.tenant = tenant;
    }

    /** Versions that the subject's level asks a new schema to be compatible with, ascending. */
    static List<SubjectVersion> asked(CompatibilityLevel level, List<SubjectVersion> live) {
        if (level == CompatibilityLevel.NONE || live.isEmpty()) {
            return List.of();
        }
        return level.transitive() ? live : List.of(live.getLast());
    }

    /** Why the schema is not compatible; empty when it is. */
    List<String> obstacles(Reading.Understood candidate, CompatibilityLevel level, List<SubjectVersion> versions) {
        for (SubjectVersion version : versions.reversed()) {
            SchemaDefinition present = image.schema(tenant, version.id())
                    .orElseThrow(() -> new IllegalStateException("There is no schema " + version.id()));
            List<String> found = obstacles(candidate, level, present);
            if (!found.isEmpty()) {
                List<String> told = new ArrayList<>(found.stream()
                        .map(message -> message.length() <= MAX_MESSAGE_CHARS
                                ? message
                                : message.substring(0, MAX_MESSAGE_CHARS) + "…")
                        .toList());
                told.add("{oldSchemaVersion: " + version.version() + "}");
                told.add("{compatibility: '" + level + "'}");
                return told;
            }
        }
        return List.of();
    }

    private List<String> obstacles(Reading.Understood candidate, CompatibilityLevel level, SchemaDefinition present) {
        if (level == CompatibilityLevel.NONE || candidate.definition().equals(present)) {
            return List.of();
        }
        if (candidate.definition().type() != present.type()) {
            return List.of("{errorType:'TYPE_MISMATCH', description:'A schema of type "
                    + candidate.definition().type() + " cannot follow one of type " + present.type() + "'}");
        }
        return compared(candidate.schema(), reader.stored(image, present), level);
    }

    private static List<String> compared(ParsedSchema schema, ParsedSchema before, CompatibilityLevel level) {
        try {
            List<String> found = new ArrayList<>(schema.breaches(before));
            if (level.backward()) {
                found.addAll(schema.obstacles(before));
            }
            if (level.forward()) {
                found.addAll(before.obstacles(schema));
            }
            return found;
        } catch (RuntimeException | StackOverflowError beyond) {
            // The rules' libraries give up on some schemas that their parsers take: then nobody knows.
            return List.of("{errorType:'NOT_COMPARABLE', description:'" + beyond + "'}");
        }
    }
}
