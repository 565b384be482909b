package io.weir.registry.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaResult;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.registry.registration.Awaiting;
import io.weir.registry.registration.Lookup;
import io.weir.registry.registration.Registration;
import io.weir.registry.registration.Registrations;
import io.weir.registry.registration.Submission;
import java.util.List;
import java.util.stream.Stream;

/** {@code /subjects}: subjects and their versions. */
final class SubjectRoutes {
    private final Subjects subjects;
    private final SchemaCommands commands;
    private final Registrations registrations;
    private final Awaiting awaiting;

    SubjectRoutes(Subjects subjects, SchemaCommands commands, Registrations registrations, Awaiting awaiting) {
        this.subjects = subjects;
        this.commands = commands;
        this.registrations = registrations;
        this.awaiting = awaiting;
    }

    Stream<Route> routes() {
        return Stream.of(
                Route.to("GET", "/subjects", this::names),
                Route.to("POST", "/subjects/*", this::lookup),
                Route.to("DELETE", "/subjects/*", this::deleteSubject),
                Route.to("GET", "/subjects/*/versions", this::versions),
                Route.to("POST", "/subjects/*/versions", this::register),
                Route.to("GET", "/subjects/*/versions/*", this::version),
                Route.to("DELETE", "/subjects/*/versions/*", this::deleteVersion),
                Route.to("GET", "/subjects/*/versions/*/schema", this::text),
                Route.to("GET", "/subjects/*/versions/*/referencedby", this::referencedBy));
    }

    private JsonNode names(Call call) {
        boolean deleted = call.flag("deleted");
        boolean deletedOnly = call.flag("deletedOnly");
        // The name of every context, and of the default one: there are no others.
        String prefix = call.question().parameter("subjectPrefix").orElse("").replaceFirst("\\A:[*.]?:", "");
        ArrayNode names = Call.JSON.createArrayNode();
        subjects.image().subjects(subjects.tenant()).stream()
                .filter(subject -> subject.name().startsWith(prefix))
                .filter(subject -> deletedOnly
                        ? subject.live().isEmpty() && !subject.versions().isEmpty()
                        : !Subjects.versions(subject, deleted).isEmpty())
                .skip(call.count("offset", 0))
                .limit(call.count("limit", Integer.MAX_VALUE))
                .forEach(subject -> names.add(subject.name()));
        return names;
    }

    private JsonNode versions(Call call) {
        boolean deletedOnly = call.flag("deletedOnly");
        Subject subject = subjects.known(call.subject(), deletedOnly || call.flag("deleted"));
        ArrayNode numbers = Call.JSON.createArrayNode();
        Subjects.versions(subject, deletedOnly || call.flag("deleted")).stream()
                .filter(version -> !deletedOnly || version.deleted())
                .skip(call.count("offset", 0))
                .limit(call.count("limit", Integer.MAX_VALUE))
                .forEach(version -> numbers.add(version.version()));
        return numbers;
    }

    private JsonNode version(Call call) {
        String name = call.subject();
        SubjectVersion version = subjects.knownVersion(name, call.captured().get(1), call.flag("deleted"));
        return told(name, version, call);
    }

    private ObjectNode told(String name, SubjectVersion version, Call call) {
        SchemaDefinition definition = subjects.definition(version);
        ObjectNode told = Call.JSON
                .createObjectNode()
                .put("subject", name)
                .put("version", version.version())
                .put("id", version.id().value());
        Submissions.tell(told, definition, Formats.text(registrations, definition, call));
        if (version.deleted()) {
            told.put("deleted", true);
        }
        return told;
    }

    private JsonNode text(Call call) {
        SubjectVersion version =
                subjects.knownVersion(call.subject(), call.captured().get(1), call.flag("deleted"));
        return Formats.raw(Formats.text(registrations, subjects.definition(version), call));
    }

    private JsonNode referencedBy(Call call) {
        String name = call.subject();
        SubjectVersion version = subjects.knownVersion(name, call.captured().get(1), true);
        ArrayNode ids = Call.JSON.createArrayNode();
        subjects.image().referencing(subjects.tenant(), name, version.version()).stream()
                .filter(id -> subjects.image().live(subjects.tenant(), id))
                .forEach(id -> ids.add(id.value()));
        return ids;
    }

    private JsonNode register(Call call) {
        String name = call.subject();
        ObjectNode body = call.body(Submissions.FIELDS);
        Submission submission = Submissions.of(body, call.flag("normalize"), subjects.image(), subjects.tenant());
        int id = Call.number(body, "id");
        Registration made = id == 0
                ? registrations.register(name, submission)
                : registrations.importSchema(name, submission, new SchemaId(id), Call.number(body, "version"));
        return switch (made) {
            case Registration.Registered(SchemaId given) ->
                Call.JSON.createObjectNode().put("id", given.value());
            case Registration.Invalid(String reason) -> throw RefusedException.invalidSchema(reason);
            case Registration.Incompatible(List<String> obstacles) ->
                throw new RefusedException(
                        ErrorCode.INCOMPATIBLE,
                        "Schema being registered is incompatible with an earlier schema for subject \"" + name
                                + "\", details: [" + String.join(", ", obstacles) + "]");
            case Registration.Refused(SchemaResult.Rejection reason, String message) ->
                throw new RefusedException(ErrorCode.of(reason, false), message);
        };
    }

    private JsonNode lookup(Call call) {
        String name = call.subject();
        boolean deleted = call.flag("deleted");
        Submission submission = Submissions.of(
                call.body(Submissions.FIELDS), call.flag("normalize"), subjects.image(), subjects.tenant());
        return switch (registrations.lookup(subjects.known(name, deleted), submission, deleted)) {
            case Lookup.Found(SubjectVersion version, SchemaDefinition definition) -> told(name, version, call);
            case Lookup.Absent() -> throw new RefusedException(ErrorCode.SCHEMA_NOT_FOUND, "Schema not found");
            case Lookup.Invalid(String reason) -> throw RefusedException.invalidSchema(reason);
        };
    }

    private JsonNode deleteSubject(Call call) {
        String name = call.subject();
        List<Integer> gone = result(
                awaiting.result(commands.deleteSubject(subjects.tenant(), name, call.flag("permanent"))),
                false,
                "Subject '" + name + "'");
        ArrayNode numbers = Call.JSON.createArrayNode();
        gone.forEach(numbers::add);
        return numbers;
    }

    private JsonNode deleteVersion(Call call) {
        String name = call.subject();
        boolean permanently = call.flag("permanent");
        String text = call.captured().get(1);
        int number = Subjects.number(text) < 0
                ? subjects.knownVersion(name, text, permanently).version()
                : Subjects.number(text);
        return IntNode.valueOf(result(
                awaiting.result(commands.deleteVersion(subjects.tenant(), name, number, permanently)),
                true,
                "Subject '" + name + "' Version " + number));
    }

    /** What clients are told in the words that they know. */
    private static <T> T result(SchemaResult<T> result, boolean ofVersion, String what) {
        return switch (result) {
            case SchemaResult.Accepted<T>(T value) -> value;
            case SchemaResult.Rejected<T>(SchemaResult.Rejection reason, String message) ->
                throw new RefusedException(
                        ErrorCode.of(reason, ofVersion),
                        switch (reason) {
                            case DELETED -> what + " was soft deleted. Set permanent=true to delete permanently";
                            case NOT_DELETED -> what + " was not deleted first before being permanently deleted";
                            case UNKNOWN_SUBJECT, UNKNOWN_VERSION -> what + " not found.";
                            default -> message;
                        });
        };
    }
}
