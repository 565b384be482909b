package io.weir.registry.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaImage.Usage;
import io.weir.contracts.schema.SchemaType;
import io.weir.registry.registration.Registrations;
import java.util.stream.Stream;

/** {@code /schemas}: schemas by their ids. */
final class SchemaRoutes {
    private final Subjects subjects;
    private final Registrations registrations;

    SchemaRoutes(Subjects subjects, Registrations registrations) {
        this.subjects = subjects;
        this.registrations = registrations;
    }

    Stream<Route> routes() {
        return Stream.of(
                Route.to("GET", "/schemas/types", call -> types()),
                Route.to("GET", "/schemas/ids/*", this::schema),
                Route.to("GET", "/schemas/ids/*/schema", this::text),
                Route.to("GET", "/schemas/ids/*/subjects", this::subjects),
                Route.to("GET", "/schemas/ids/*/versions", this::versions));
    }

    private static JsonNode types() {
        ArrayNode types = Call.JSON.createArrayNode();
        for (SchemaType type : SchemaType.values()) {
            types.add(type.name());
        }
        return types;
    }

    private JsonNode schema(Call call) {
        SchemaDefinition definition = definition(call);
        ObjectNode told = Call.JSON.createObjectNode();
        Submissions.tell(told, definition, Formats.text(registrations, definition, call));
        return told;
    }

    private JsonNode text(Call call) {
        return Formats.raw(Formats.text(registrations, definition(call), call));
    }

    private SchemaDefinition definition(Call call) {
        SchemaId id = new SchemaId(call.id());
        return subjects.image()
                .schema(subjects.tenant(), id)
                .orElseThrow(
                        () -> new RefusedException(ErrorCode.SCHEMA_NOT_FOUND, "Schema " + id.value() + " not found"));
    }

    private JsonNode subjects(Call call) {
        ArrayNode names = Call.JSON.createArrayNode();
        usages(call).map(Usage::subject).distinct().forEach(names::add);
        return names;
    }

    private JsonNode versions(Call call) {
        ArrayNode versions = Call.JSON.createArrayNode();
        usages(call)
                .forEach(usage -> versions.addObject()
                        .put("subject", usage.subject())
                        .put("version", usage.version().version()));
        return versions;
    }

    private Stream<Usage> usages(Call call) {
        boolean deleted = call.flag("deleted");
        definition(call);
        String only = call.question().parameter("subject").orElse("");
        return subjects.image().usages(subjects.tenant(), new SchemaId(call.id())).stream()
                .filter(usage -> deleted || !usage.version().deleted())
                .filter(usage -> only.isEmpty() || usage.subject().equals(only));
    }
}
