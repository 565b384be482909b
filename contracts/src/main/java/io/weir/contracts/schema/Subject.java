package io.weir.contracts.schema;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A name under which schemas follow each other.
 *
 * @param name 1 to {@link #MAX_NAME_CHARS} characters without control characters
 * @param versions by number, those that are deleted for the time being among them; empty when there are only settings
 * @param level empty where the tenant's holds
 * @param mode empty where the tenant's holds
 * @param revision grows with every change
 */
public record Subject(
        String name,
        SortedMap<Integer, SubjectVersion> versions,
        Optional<CompatibilityLevel> level,
        Optional<SubjectMode> mode,
        long revision) {
    public static final int MAX_NAME_CHARS = 1024;

    public Subject {
        versions = Collections.unmodifiableSortedMap(new TreeMap<>(versions));
    }

    /** A subject of which nothing is known yet. */
    public static Subject empty(String name) {
        return new Subject(name, Collections.emptySortedMap(), Optional.empty(), Optional.empty(), 0);
    }

    /** Versions that are not deleted, ascending. */
    public List<SubjectVersion> live() {
        return versions.values().stream().filter(version -> !version.deleted()).toList();
    }

    /** The newest version that is not deleted. */
    public Optional<SubjectVersion> latest() {
        List<SubjectVersion> live = live();
        return live.isEmpty() ? Optional.empty() : Optional.of(live.getLast());
    }

    /** A version, deleted or not. */
    public Optional<SubjectVersion> version(int number) {
        return Optional.ofNullable(versions.get(number));
    }

    /** The newest version with this schema that is not deleted. Takes time in proportion to the versions. */
    public Optional<SubjectVersion> liveVersionOf(SchemaId id) {
        return live().reversed().stream()
                .filter(version -> version.id().equals(id))
                .findFirst();
    }
}
