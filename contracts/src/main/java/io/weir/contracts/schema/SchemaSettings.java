package io.weir.contracts.schema;

import java.util.Optional;

/**
 * What holds for the subjects of a tenant that have no setting of their own.
 *
 * @param level empty for {@link #DEFAULT_LEVEL}
 * @param mode empty for {@link SubjectMode#READWRITE}
 * @param revision grows with every change; 0 while there was none
 */
public record SchemaSettings(Optional<CompatibilityLevel> level, Optional<SubjectMode> mode, long revision) {
    public static final CompatibilityLevel DEFAULT_LEVEL = CompatibilityLevel.BACKWARD;

    public static final SchemaSettings NONE = new SchemaSettings(Optional.empty(), Optional.empty(), 0);

    public CompatibilityLevel effectiveLevel() {
        return level.orElse(DEFAULT_LEVEL);
    }

    public SubjectMode effectiveMode() {
        return mode.orElse(SubjectMode.READWRITE);
    }
}
