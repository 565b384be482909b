package io.weir.registry.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.registry.registration.Registrations;
import io.weir.registry.registration.Submission;
import io.weir.registry.registration.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code /compatibility}: what registering a schema would come to. */
final class CompatibilityRoutes {
    private final Subjects subjects;
    private final Registrations registrations;

    CompatibilityRoutes(Subjects subjects, Registrations registrations) {
        this.subjects = subjects;
        this.registrations = registrations;
    }

    Stream<Route> routes() {
        return Stream.of(
                Route.to("POST", "/compatibility/subjects/*/versions", this::withLevel),
                Route.to("POST", "/compatibility/subjects/*/versions/*", this::withVersion));
    }

    private JsonNode withLevel(Call call) {
        return verdict(call, call.subject(), Optional.empty());
    }

    private JsonNode withVersion(Call call) {
        String name = call.subject();
        String text = call.captured().get(1);
        Optional<SubjectVersion> version = subjects.image()
                .subject(subjects.tenant(), name)
                .flatMap((Subject subject) -> Subjects.version(subject, text, false));
        if (version.isEmpty() && Subjects.number(text) >= 1) {
            throw subjects.image()
                            .subject(subjects.tenant(), name)
                            .filter(subject -> !subject.live().isEmpty())
                            .isEmpty()
                    ? RefusedException.noSubject(name)
                    : RefusedException.noVersion(text);
        }
        // The latest of none is compatible with everything, as a first registration is.
        return verdict(call, name, version);
    }

    private JsonNode verdict(Call call, String name, Optional<SubjectVersion> version) {
        Submission submission = Submissions.of(
                call.body(Submissions.FIELDS), call.flag("normalize"), subjects.image(), subjects.tenant());
        return switch (registrations.verdict(name, submission, version)) {
            case Verdict.Invalid(String reason) -> throw RefusedException.invalidSchema(reason);
            case Verdict.Compared(List<String> obstacles) -> {
                ObjectNode told = Call.JSON.createObjectNode().put("is_compatible", obstacles.isEmpty());
                if (call.flag("verbose")) {
                    ArrayNode messages = told.putArray("messages");
                    obstacles.forEach(messages::add);
                }
                yield told;
            }
        };
    }
}
