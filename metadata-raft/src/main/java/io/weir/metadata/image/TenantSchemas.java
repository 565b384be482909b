package io.weir.metadata.image;

import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaSettings;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.metadata.record.SchemaRecord;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * The schemas of one tenant.
 *
 * <p>Threading: immutable.
 *
 * @param nextId ids below this one were given out
 * @param ids of the definitions
 * @param users subjects of which some version has the schema
 * @param referrers schemas that refer to a version, by {@link #target}
 * @param bytes what the definitions count for
 * @param versions how many there are under all subjects
 */
public record TenantSchemas(
        SchemaSettings settings,
        int nextId,
        TreePMap<SchemaId, SchemaDefinition> definitions,
        TreePMap<SchemaDefinition, SchemaId> ids,
        TreePMap<String, Subject> subjects,
        TreePMap<SchemaId, TreePSet<String>> users,
        TreePMap<String, TreePSet<SchemaId>> referrers,
        long bytes,
        int versions) {
    static final TenantSchemas EMPTY = new TenantSchemas(
            SchemaSettings.NONE,
            1,
            TreePMap.empty(),
            TreePMap.empty(),
            TreePMap.empty(),
            TreePMap.empty(),
            TreePMap.empty(),
            0,
            0);

    /** The subject, empty when it is not known. */
    public Subject subject(String name) {
        Subject subject = subjects.get(name);
        return subject == null ? Subject.empty(name) : subject;
    }

    /** Names of the subjects of which some version has the schema, in ascending order. */
    public Collection<String> users(SchemaId id) {
        TreePSet<String> names = users.get(id);
        return names == null ? TreePSet.<String>empty() : names;
    }

    /** Schemas that refer to the version, in ascending order. */
    public Collection<SchemaId> referencing(String subject, int version) {
        TreePSet<SchemaId> found = referrers.get(target(subject, version));
        return found == null ? TreePSet.<SchemaId>empty() : found;
    }

    /** What a definition counts for among {@link #bytes}. */
    public static long weight(SchemaDefinition definition) {
        return definition.bytes() + SchemaCommands.DEFINITION_BYTES;
    }

    /** The schemas after one more fact. */
    TenantSchemas evolve(SchemaRecord fact) {
        return switch (fact) {
            case SchemaRecord.SchemaWritten written -> without(written.id()).with(written.id(), written.definition());
            case SchemaRecord.SchemaRemoved removed -> without(removed.id());
            case SchemaRecord.SubjectWritten written ->
                with(written.subject().name(), subjects.plus(written.subject().name(), written.subject()));
            case SchemaRecord.SubjectRemoved removed -> with(removed.name(), subjects.minus(removed.name()));
            case SchemaRecord.SettingsWritten written ->
                new TenantSchemas(
                        written.settings(), nextId, definitions, ids, subjects, users, referrers, bytes, versions);
            case SchemaRecord.SchemaIdsReserved reserved ->
                new TenantSchemas(
                        settings,
                        Math.max(nextId, reserved.next()),
                        definitions,
                        ids,
                        subjects,
                        users,
                        referrers,
                        bytes,
                        versions);
        };
    }

    private TenantSchemas with(SchemaId id, SchemaDefinition definition) {
        TreePMap<String, TreePSet<SchemaId>> after = referrers;
        for (SchemaReference reference : definition.references()) {
            String target = target(reference.subject(), reference.version());
            TreePSet<SchemaId> present = after.get(target);
            after = after.plus(target, (present == null ? TreePSet.<SchemaId>empty() : present).plus(id));
        }
        return new TenantSchemas(
                settings,
                nextId,
                definitions.plus(id, definition),
                ids.plus(definition, id),
                subjects,
                users,
                after,
                bytes + weight(definition),
                versions);
    }

    private TenantSchemas without(SchemaId id) {
        SchemaDefinition definition = definitions.get(id);
        if (definition == null) {
            return this;
        }
        TreePMap<String, TreePSet<SchemaId>> after = referrers;
        for (SchemaReference reference : definition.references()) {
            String target = target(reference.subject(), reference.version());
            TreePSet<SchemaId> present = after.get(target);
            if (present != null) {
                TreePSet<SchemaId> left = present.minus(id);
                after = left.isEmpty() ? after.minus(target) : after.plus(target, left);
            }
        }
        return new TenantSchemas(
                settings,
                nextId,
                definitions.minus(id),
                ids.minus(definition),
                subjects,
                users,
                after,
                bytes - weight(definition),
                versions);
    }

    private TenantSchemas with(String name, TreePMap<String, Subject> after) {
        Subject before = subject(name);
        Subject now = after.getOrDefault(name, Subject.empty(name));
        Set<SchemaId> had = schemas(before);
        Set<SchemaId> has = schemas(now);
        TreePMap<SchemaId, TreePSet<String>> using = users;
        for (SchemaId id : has) {
            if (!had.contains(id)) {
                TreePSet<String> names = using.get(id);
                using = using.plus(id, (names == null ? TreePSet.<String>empty() : names).plus(name));
            }
        }
        for (SchemaId id : had) {
            TreePSet<String> names = using.get(id);
            if (!has.contains(id) && names != null) {
                TreePSet<String> left = names.minus(name);
                using = left.isEmpty() ? using.minus(id) : using.plus(id, left);
            }
        }
        return new TenantSchemas(
                settings,
                nextId,
                definitions,
                ids,
                after,
                using,
                referrers,
                bytes,
                versions + now.versions().size() - before.versions().size());
    }

    private static Set<SchemaId> schemas(Subject subject) {
        Set<SchemaId> ids = new HashSet<>();
        for (SubjectVersion version : subject.versions().values()) {
            ids.add(version.id());
        }
        return ids;
    }

    /** No subject's name has a control character. */
    private static String target(String subject, int version) {
        return subject + '\0' + version;
    }
}
