package io.weir.registry.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaType;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.registry.registration.Submission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads schemas from bodies, and writes them into answers. */
final class Submissions {
    /** Rule sets and metadata are not among them: what is not acted on is refused. */
    static final Set<String> FIELDS = Set.of("schema", "schemaType", "references", "id", "version", "subject");

    private Submissions() {}

    static Submission of(ObjectNode body, boolean normalize, SchemaImage image, TenantId tenant) {
        String text = Call.text(body, "schema");
        if (text.isBlank()) {
            throw RefusedException.invalidSchema("it is empty");
        }
        if (text.length() > SchemaDefinition.MAX_BYTES) {
            throw new RefusedException(
                    ErrorCode.SCHEMA_TOO_LARGE,
                    "A schema of " + text.length() + " characters is larger than " + SchemaDefinition.MAX_BYTES
                            + " bytes");
        }
        return new Submission(type(Call.text(body, "schemaType")), text, references(body, image, tenant), normalize);
    }

    private static SchemaType type(String name) {
        if (name.isEmpty()) {
            return SchemaType.AVRO;
        }
        for (SchemaType type : SchemaType.values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        throw RefusedException.invalidSchema("its type is none of " + List.of(SchemaType.values()));
    }

    private static List<SchemaReference> references(ObjectNode body, SchemaImage image, TenantId tenant) {
        JsonNode sent = body.get("references");
        if (sent == null || sent.isNull()) {
            return List.of();
        }
        if (!sent.isArray() || sent.size() > SchemaDefinition.MAX_REFERENCES) {
            throw new RefusedException(
                    ErrorCode.UNPROCESSABLE, "References are not a list of at most " + SchemaDefinition.MAX_REFERENCES);
        }
        List<SchemaReference> references = new ArrayList<>();
        for (JsonNode reference : sent) {
            if (!(reference instanceof ObjectNode object)) {
                throw new RefusedException(ErrorCode.UNPROCESSABLE, "A reference is not an object");
            }
            String subject = Call.text(object, "subject");
            int version = Call.number(object, "version");
            // A version that is not named is the latest: what is registered names it.
            int named = version > 0
                    ? version
                    : image.subject(tenant, subject)
                            .flatMap(Subject::latest)
                            .map(SubjectVersion::version)
                            .orElseThrow(() -> RefusedException.invalidSchema(
                                    "a reference leads to subject '" + subject + "', which is not there"));
            references.add(new SchemaReference(Call.text(object, "name"), subject, named));
        }
        return references;
    }

    /** Tells a schema by the fields that are the same in every answer. */
    static void tell(ObjectNode into, SchemaDefinition definition, String text) {
        if (definition.type() != SchemaType.AVRO) {
            into.put("schemaType", definition.type().name());
        }
        if (!definition.references().isEmpty()) {
            ArrayNode references = into.putArray("references");
            for (SchemaReference reference : definition.references()) {
                references
                        .addObject()
                        .put("name", reference.name())
                        .put("subject", reference.subject())
                        .put("version", reference.version());
            }
        }
        into.put("schema", text);
    }
}
