package io.weir.registry.registration;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaType;
import io.weir.registry.language.SchemaLanguage.Dependency;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Collects what a schema refers to, and what that refers to, within bounds. */
final class Dependencies {
    /** Most schemas that one schema leads to. */
    static final int MAX_SCHEMAS = 256;

    /** Most bytes of their texts. */
    static final long MAX_BYTES = 4L << 20;

    /** Longest chain of references. */
    static final int MAX_DEPTH = 32;

    private final SchemaImage image;
    private final TenantId tenant;
    private final SchemaType type;
    private final Map<String, SchemaReference> byName = new HashMap<>();
    private final List<Dependency> ordered = new ArrayList<>();
    private long bytes;

    private Dependencies(SchemaImage image, TenantId tenant, SchemaType type) {
        this.image = image;
        this.tenant = tenant;
        this.type = type;
    }

    /** What became of the collection. */
    sealed interface Collection {
        /** Each behind those it refers to. */
        record Complete(List<Dependency> dependencies) implements Collection {}

        /** It has a gap, or is beyond a bound. */
        record Failed(String reason) implements Collection {}
    }

    static Collection of(SchemaImage image, TenantId tenant, SchemaType type, List<SchemaReference> references) {
        Dependencies collected = new Dependencies(image, tenant, type);
        Optional<String> problem = collected.visit(references, 1);
        return problem.isPresent()
                ? new Collection.Failed(problem.get())
                : new Collection.Complete(List.copyOf(collected.ordered));
    }

    private Optional<String> visit(List<SchemaReference> references, int depth) {
        for (SchemaReference reference : references) {
            Optional<String> problem = visit(reference, depth);
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private Optional<String> visit(SchemaReference reference, int depth) {
        if (depth > MAX_DEPTH) {
            return Optional.of("References lead further than " + MAX_DEPTH + " schemas");
        }
        SchemaReference known = byName.putIfAbsent(reference.name(), reference);
        if (known != null) {
            return known.equals(reference)
                    ? Optional.empty()
                    : Optional.of("Reference '" + reference.name() + "' leads to both " + told(known) + " and "
                            + told(reference));
        }
        if (byName.size() > MAX_SCHEMAS) {
            return Optional.of("References lead to more than " + MAX_SCHEMAS + " schemas");
        }
        Optional<SchemaDefinition> definition = image.subject(tenant, reference.subject())
                .flatMap(subject -> subject.version(reference.version()))
                .flatMap(version -> image.schema(tenant, version.id()));
        if (definition.isEmpty()) {
            return Optional.of(
                    "Reference '" + reference.name() + "' leads to " + told(reference) + ", which is not there");
        }
        if (definition.get().type() != type) {
            return Optional.of("Reference '" + reference.name() + "' leads to a schema of type "
                    + definition.get().type() + ", not " + type);
        }
        bytes += definition.get().bytes();
        if (bytes > MAX_BYTES) {
            return Optional.of("References lead to more than " + MAX_BYTES + " bytes of schemas");
        }
        Optional<String> problem = visit(definition.get().references(), depth + 1);
        ordered.add(new Dependency(reference.name(), definition.get().text()));
        return problem;
    }

    private static String told(SchemaReference reference) {
        return "version " + reference.version() + " of subject '" + reference.subject() + "'";
    }
}
