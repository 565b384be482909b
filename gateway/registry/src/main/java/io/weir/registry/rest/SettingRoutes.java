package io.weir.registry.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaResult;
import io.weir.contracts.schema.SchemaResult.Rejection;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectMode;
import io.weir.registry.registration.Awaiting;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /config} and {@code /mode}: what may be registered, for all subjects and for each. */
final class SettingRoutes {
    private final Subjects subjects;
    private final SchemaCommands commands;
    private final Awaiting awaiting;

    SettingRoutes(Subjects subjects, SchemaCommands commands, Awaiting awaiting) {
        this.subjects = subjects;
        this.commands = commands;
        this.awaiting = awaiting;
    }

    Stream<Route> routes() {
        return Stream.of(
                Route.to("GET", "/config", this::level),
                Route.to("PUT", "/config", call -> setLevel(call, null)),
                Route.to("DELETE", "/config", call -> deleteLevel(null)),
                Route.to("GET", "/config/*", this::subjectLevel),
                Route.to("PUT", "/config/*", call -> setLevel(call, call.subject())),
                Route.to("DELETE", "/config/*", call -> deleteLevel(call.subject())),
                Route.to("GET", "/mode", this::mode),
                Route.to("PUT", "/mode", call -> setMode(call, null)),
                Route.to("DELETE", "/mode", call -> deleteMode(null)),
                Route.to("GET", "/mode/*", this::subjectMode),
                Route.to("PUT", "/mode/*", call -> setMode(call, call.subject())),
                Route.to("DELETE", "/mode/*", call -> deleteMode(call.subject())));
    }

    private JsonNode level(Call call) {
        return field(
                "compatibilityLevel",
                subjects.image().settings(subjects.tenant()).effectiveLevel());
    }

    private JsonNode subjectLevel(Call call) {
        String name = call.subject();
        SchemaImage image = subjects.image();
        if (call.flag("defaultToGlobal")) {
            return field("compatibilityLevel", image.level(subjects.tenant(), name));
        }
        Optional<CompatibilityLevel> own =
                image.subject(subjects.tenant(), name).flatMap(Subject::level);
        return field(
                "compatibilityLevel",
                own.orElseThrow(() -> new RefusedException(
                        ErrorCode.NO_SUBJECT_COMPATIBILITY,
                        "Subject '" + name + "' does not have subject-level compatibility configured")));
    }

    private JsonNode setLevel(Call call, @Nullable String subject) {
        String name = Call.text(call.body(Set.of("compatibility")), "compatibility");
        CompatibilityLevel level = value(CompatibilityLevel.class, name)
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.INVALID_COMPATIBILITY,
                        "Invalid compatibility level. Valid values are none, backward, forward, full,"
                                + " backward_transitive, forward_transitive, and full_transitive"));
        return field(
                "compatibility",
                result(
                        awaiting.result(commands.setLevel(subjects.tenant(), subject, level)),
                        ErrorCode.NO_SUBJECT_COMPATIBILITY));
    }

    private JsonNode deleteLevel(@Nullable String subject) {
        if (subject == null
                && subjects.image().settings(subjects.tenant()).level().isEmpty()) {
            return field(
                    "compatibilityLevel",
                    subjects.image().settings(subjects.tenant()).effectiveLevel());
        }
        return field(
                "compatibilityLevel",
                result(
                        awaiting.result(commands.setLevel(subjects.tenant(), subject, null)),
                        ErrorCode.NO_SUBJECT_COMPATIBILITY));
    }

    private JsonNode mode(Call call) {
        return field("mode", subjects.image().settings(subjects.tenant()).effectiveMode());
    }

    private JsonNode subjectMode(Call call) {
        String name = call.subject();
        SchemaImage image = subjects.image();
        if (call.flag("defaultToGlobal")) {
            return field("mode", image.mode(subjects.tenant(), name));
        }
        Optional<SubjectMode> own = image.subject(subjects.tenant(), name).flatMap(Subject::mode);
        return field(
                "mode",
                own.orElseThrow(() -> new RefusedException(
                        ErrorCode.NO_SUBJECT_MODE,
                        "Subject '" + name + "' does not have subject-level mode configured")));
    }

    private JsonNode setMode(Call call, @Nullable String subject) {
        String name = Call.text(call.body(Set.of("mode")), "mode");
        SubjectMode mode = value(SubjectMode.class, name)
                .filter(wanted -> subject == null || wanted != SubjectMode.READONLY_OVERRIDE)
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.INVALID_MODE,
                        "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE (for all subjects"
                                + " together), IMPORT"));
        return field(
                "mode",
                result(
                        awaiting.result(commands.setMode(subjects.tenant(), subject, mode, call.flag("force"))),
                        ErrorCode.NO_SUBJECT_MODE));
    }

    private JsonNode deleteMode(@Nullable String subject) {
        if (subject == null
                && subjects.image().settings(subjects.tenant()).mode().isEmpty()) {
            return field("mode", subjects.image().settings(subjects.tenant()).effectiveMode());
        }
        return field(
                "mode",
                result(
                        awaiting.result(commands.setMode(subjects.tenant(), subject, null, false)),
                        ErrorCode.NO_SUBJECT_MODE));
    }

    private static <E extends Enum<E>> Optional<E> value(Class<E> type, String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return Stream.of(type.getEnumConstants())
                .filter(value -> value.name().equals(upper))
                .findFirst();
    }

    private static <T> T result(SchemaResult<T> result, ErrorCode unset) {
        return switch (result) {
            case SchemaResult.Accepted<T>(T value) -> value;
            case SchemaResult.Rejected<T>(Rejection reason, String message) ->
                throw new RefusedException(
                        reason == Rejection.NO_SETTING ? unset : ErrorCode.of(reason, false), message);
        };
    }

    private static ObjectNode field(String name, Enum<?> value) {
        return Call.JSON.createObjectNode().put(name, value.name());
    }
}
