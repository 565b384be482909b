package io.weir.contracts.identity;

import java.util.UUID;

/** The identity of a topic for as long as it exists; a topic created again under the same name has another. */
public record TopicId(UUID value) {
    @Override
    public String toString() {
        return value.toString();
    }
}
