package io.weir.registry.rest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A path, the method it is asked with, and what answers.
 *
 * @param steps of the path; an asterisk stands for any
 */
record Route(String method, List<String> steps, Function<Call, JsonNode> answer) {
    /**
     * A route.
     *
     * @param path with an asterisk for each open place
     */
    static Route to(String method, String path, Function<Call, JsonNode> answer) {
        return new Route(method, List.of(path.split("/", -1)), answer);
    }

    /** What stands at the open places, when the path is this one. */
    Optional<List<String>> captured(List<String> path) {
        if (path.size() != steps.size()) {
            return Optional.empty();
        }
        List<String> captured = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i).equals("*")) {
                captured.add(path.get(i));
            } else if (!steps.get(i).equals(path.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(captured);
    }
}
