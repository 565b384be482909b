package io.weir.registry.rest;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectVersion;
import java.util.List;
import java.util.Optional;

/** What is registered, as routes ask for it. */
record Subjects(TenantId tenant, MetadataSource metadata) {
    SchemaImage image() {
        return metadata.image().schemas();
    }

    /**
     * A subject with versions.
     *
     * @param deleted whether those that are deleted for the time being count
     */
    Subject known(String name, boolean deleted) {
        return image().subject(tenant, name)
                .filter(subject -> !versions(subject, deleted).isEmpty())
                .orElseThrow(() -> RefusedException.noSubject(name));
    }

    static List<SubjectVersion> versions(Subject subject, boolean deleted) {
        return deleted ? List.copyOf(subject.versions().values()) : subject.live();
    }

    /**
     * A version by its number, or the newest.
     *
     * @param text a number from 1, {@code latest}, or {@code -1} for the same
     */
    static Optional<SubjectVersion> version(Subject subject, String text, boolean deleted) {
        List<SubjectVersion> versions = versions(subject, deleted);
        int number = number(text);
        return number < 0
                ? versions.isEmpty() ? Optional.empty() : Optional.of(versions.getLast())
                : subject.version(number).filter(versions::contains);
    }

    /** As {@link #version}, or an error. */
    SubjectVersion knownVersion(String name, String text, boolean deleted) {
        number(text);
        Subject subject = known(name, deleted);
        return version(subject, text, deleted).orElseThrow(() -> RefusedException.noVersion(text));
    }

    /** A version's number; -1 for the newest. */
    static int number(String text) {
        if (text.equals("latest") || text.equals("-1")) {
            return -1;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException none) {
            throw invalidVersion(text);
        }
        throw invalidVersion(text);
    }

    private static RefusedException invalidVersion(String text) {
        String shown = text.length() <= 100 ? text : text.substring(0, 100) + "…";
        return new RefusedException(
                ErrorCode.INVALID_VERSION,
                "The specified version '" + shown
                        + "' is not a valid version id. Allowed values are between [1, 2^31-1]"
                        + " and the string \"latest\"");
    }

    SchemaDefinition definition(SubjectVersion version) {
        return image().schema(tenant, version.id())
                .orElseThrow(() -> RefusedException.noVersion(String.valueOf(version.version())));
    }
}
