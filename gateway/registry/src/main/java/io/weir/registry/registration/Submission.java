package io.weir.registry.registration;

import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaType;
import java.util.List;

/**
 * A schema as a client sends it.
 *
 * @param references in the order that they were sent in
 * @param normalize whether equal schemas shall be recognized though their texts differ more than in blanks
 */
public record Submission(SchemaType type, String text, List<SchemaReference> references, boolean normalize) {
    public Submission {
        references = List.copyOf(references);
    }
}
