package io.weir.testsupport.metadata;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaSettings;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** One version of {@link MemorySchemas}. */
record MemorySchemaImage(Map<TenantId, Contents> tenants) implements SchemaImage {
    static final MemorySchemaImage EMPTY = new MemorySchemaImage(Map.of());

    /** What a tenant has. */
    record Contents(
            SortedMap<String, Subject> subjects,
            SortedMap<SchemaId, SchemaDefinition> definitions,
            SchemaSettings settings,
            int nextId) {
        static final Contents NONE = new Contents(new TreeMap<>(), new TreeMap<>(), SchemaSettings.NONE, 1);

        /** With a subject as it is now, without it when nothing is left of it, and without schemas nobody has. */
        Contents with(Subject subject) {
            SortedMap<String, Subject> after = new TreeMap<>(subjects);
            after.put(subject.name(), subject);
            if (subject.versions().isEmpty()
                    && subject.level().isEmpty()
                    && subject.mode().isEmpty()) {
                after.remove(subject.name());
            }
            SortedMap<SchemaId, SchemaDefinition> used = new TreeMap<>(definitions);
            used.keySet().removeIf(id -> after.values().stream().noneMatch(any -> has(any, id)));
            return new Contents(after, used, settings, nextId);
        }

        Contents with(SchemaId id, SchemaDefinition definition) {
            SortedMap<SchemaId, SchemaDefinition> after = new TreeMap<>(definitions);
            after.put(id, definition);
            return new Contents(subjects, after, settings, Math.max(nextId, id.value() + 1));
        }

        Contents with(SchemaSettings changed) {
            return new Contents(subjects, definitions, changed, nextId);
        }

        Subject subject(String name) {
            return subjects.getOrDefault(name, Subject.empty(name));
        }

        private static boolean has(Subject subject, SchemaId id) {
            return subject.versions().values().stream()
                    .anyMatch(version -> version.id().equals(id));
        }
    }

    Contents contents(TenantId tenant) {
        return tenants.getOrDefault(tenant, Contents.NONE);
    }

    MemorySchemaImage with(TenantId tenant, Contents contents) {
        Map<TenantId, Contents> after = new HashMap<>(tenants);
        after.put(tenant, contents);
        return new MemorySchemaImage(Map.copyOf(after));
    }

    @Override
    public Optional<SchemaDefinition> schema(TenantId tenant, SchemaId id) {
        return Optional.ofNullable(contents(tenant).definitions().get(id));
    }

    @Override
    public Optional<SchemaId> idOf(TenantId tenant, SchemaDefinition definition) {
        return contents(tenant).definitions().entrySet().stream()
                .filter(known -> known.getValue().equals(definition))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    @Override
    public Collection<Usage> usages(TenantId tenant, SchemaId id) {
        List<Usage> found = new ArrayList<>();
        for (Subject subject : contents(tenant).subjects().values()) {
            for (SubjectVersion version : subject.versions().values()) {
                if (version.id().equals(id)) {
                    found.add(new Usage(subject.name(), version));
                }
            }
        }
        return List.copyOf(found);
    }

    @Override
    public Optional<Subject> subject(TenantId tenant, String name) {
        return Optional.ofNullable(contents(tenant).subjects().get(name));
    }

    @Override
    public Collection<Subject> subjects(TenantId tenant) {
        return List.copyOf(contents(tenant).subjects().values());
    }

    @Override
    public SortedSet<SchemaId> referencing(TenantId tenant, String subject, int version) {
        SortedSet<SchemaId> found = new TreeSet<>();
        contents(tenant).definitions().forEach((id, definition) -> {
            for (SchemaReference reference : definition.references()) {
                if (reference.subject().equals(subject) && reference.version() == version) {
                    found.add(id);
                }
            }
        });
        return found;
    }

    @Override
    public SchemaSettings settings(TenantId tenant) {
        return contents(tenant).settings();
    }
}
