package io.weir.registry.registration;

import java.util.List;

/** Whether a schema could be registered. */
public sealed interface Verdict {
    /** Compatible when there are no obstacles. */
    record Compared(List<String> obstacles) implements Verdict {}

    /** It is no schema. */
    record Invalid(String reason) implements Verdict {}
}
