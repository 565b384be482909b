package io.weir.metadata.command;

import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaResult.Rejected;
import io.weir.contracts.schema.SchemaResult.Rejection;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectMode;
import io.weir.contracts.schema.SubjectVersion;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rules about schemas that need no image to be checked; used as {@link Rules} are. */
public final class SchemaRules {
    private SchemaRules() {}

    /** The first rule that the command breaks. */
    public static Optional<Rejected<Object>> violated(SchemaCommand command) {
        return Optional.ofNullable(
                switch (command) {
                    case SchemaCommand.Register register -> {
                        Rejected<Object> name = name(register.subject());
                        yield name == null ? definition(register.definition()) : name;
                    }
                    case SchemaCommand.Import imported -> imported(imported);
                    case SchemaCommand.DeleteVersion delete -> existing(delete.subject());
                    case SchemaCommand.DeleteSubject delete -> existing(delete.subject());
                    case SchemaCommand.SetLevel set -> set.subject() == null ? null : name(set.subject());
                    case SchemaCommand.SetMode set -> mode(set);
                });
    }

    private static @Nullable Rejected<Object> imported(SchemaCommand.Import imported) {
        Rejected<Object> name = name(imported.subject());
        if (name != null) {
            return name;
        }
        boolean legal = imported.version() >= 0
                && imported.version() <= SubjectVersion.MAX_VERSION
                && imported.id().value() < Integer.MAX_VALUE;
        return legal
                ? definition(imported.definition())
                : refused("Illegal id " + imported.id().value() + " or version " + imported.version());
    }

    private static @Nullable Rejected<Object> mode(SchemaCommand.SetMode set) {
        String subject = set.subject();
        if (subject == null) {
            return null;
        }
        return set.mode() == SubjectMode.READONLY_OVERRIDE
                ? refused("Only a whole tenant can be in mode " + set.mode())
                : name(subject);
    }

    private static @Nullable Rejected<Object> existing(String name) {
        return name.length() <= Subject.MAX_NAME_CHARS
                ? null
                : new Rejected<>(
                        Rejection.UNKNOWN_SUBJECT,
                        "There is no subject whose name has " + name.length() + " characters");
    }

    private static @Nullable Rejected<Object> name(String name) {
        return legal(name)
                ? null
                : refused("A name must have 1 to " + Subject.MAX_NAME_CHARS
                        + " characters, none of them a control character: this one has " + name.length());
    }

    private static boolean legal(String name) {
        return !name.isEmpty()
                && name.length() <= Subject.MAX_NAME_CHARS
                && name.chars().noneMatch(Character::isISOControl);
    }

    private static @Nullable Rejected<Object> definition(SchemaDefinition definition) {
        if (definition.references().size() > SchemaDefinition.MAX_REFERENCES) {
            return refused(
                    definition.references().size() + " references are more than " + SchemaDefinition.MAX_REFERENCES);
        }
        for (SchemaReference reference : definition.references()) {
            if (!legal(reference.name()) || !legal(reference.subject())) {
                return refused("A reference has an illegal name or subject");
            }
        }
        long bytes = definition.bytes();
        return bytes <= SchemaDefinition.MAX_BYTES
                ? null
                : new Rejected<>(
                        Rejection.TOO_LARGE,
                        "Schema and references of " + bytes + " bytes are larger than " + SchemaDefinition.MAX_BYTES);
    }

    private static Rejected<Object> refused(String message) {
        return new Rejected<>(Rejection.INVALID_REQUEST, message);
    }
}
