package io.weir.registry.registration;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaType;
import io.weir.registry.language.ParsedSchema;
import io.weir.registry.language.Parsing;
import io.weir.registry.language.SchemaLanguage;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Parses schemas together with what they refer to. */
final class SchemaReader {
    private final TenantId tenant;
    private final Map<SchemaType, SchemaLanguage> languages = new EnumMap<>(SchemaType.class);

    SchemaReader(TenantId tenant, List<SchemaLanguage> languages) {
        this.tenant = tenant;
        languages.forEach(language -> this.languages.put(language.type(), language));
        for (SchemaType type : SchemaType.values()) {
            if (!this.languages.containsKey(type)) {
                throw new IllegalArgumentException("There is no language for schemas of type " + type);
            }
        }
    }

    Reading read(SchemaImage image, Submission submission) {
        SchemaLanguage language = Objects.requireNonNull(languages.get(submission.type()));
        return switch (Dependencies.of(image, tenant, submission.type(), submission.references())) {
            case Dependencies.Collection.Failed(String reason) -> new Reading.Unreadable(reason);
            case Dependencies.Collection.Complete(List<SchemaLanguage.Dependency> dependencies) ->
                switch (language.parse(submission.text(), dependencies)) {
                    case Parsing.Invalid(String reason) -> new Reading.Unreadable(reason);
                    case Parsing.Parsed(ParsedSchema schema) ->
                        new Reading.Understood(definition(language, submission, schema), schema);
                };
        };
    }

    /**
     * A schema that is registered.
     *
     * @throws IllegalStateException when it cannot be parsed any more
     */
    ParsedSchema stored(SchemaImage image, SchemaDefinition definition) {
        Submission again = new Submission(definition.type(), definition.text(), definition.references(), false);
        return switch (read(image, again)) {
            case Reading.Understood(SchemaDefinition same, ParsedSchema schema) -> schema;
            case Reading.Unreadable(String reason) ->
                throw new IllegalStateException(
                        "A registered schema of type " + definition.type() + " cannot be parsed: " + reason);
        };
    }

    private static SchemaDefinition definition(SchemaLanguage language, Submission submission, ParsedSchema schema) {
        String text = submission.normalize() ? language.normalized(schema.canonical()) : schema.canonical();
        return new SchemaDefinition(submission.type(), text, submission.references());
    }
}
