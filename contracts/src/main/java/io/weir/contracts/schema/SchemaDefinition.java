package io.weir.contracts.schema;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;

/**
 * A schema.
 *
 * @param text in its canonical form: equal texts are one schema
 */
public record SchemaDefinition(SchemaType type, String text, List<SchemaReference> references)
        implements Comparable<SchemaDefinition> {
    /** Largest text and references together, in bytes of UTF-8. */
    public static final int MAX_BYTES = 1 << 20;

    public static final int MAX_REFERENCES = 64;

    private static final Comparator<SchemaDefinition> ORDER = Comparator.comparing(SchemaDefinition::type)
            .thenComparing(SchemaDefinition::text)
            .thenComparing(SchemaDefinition::references, SchemaDefinition::compare);

    public SchemaDefinition {
        references = List.copyOf(references);
    }

    /** What the text and the references take, in bytes of UTF-8. */
    public long bytes() {
        long bytes = utf8(text);
        for (SchemaReference reference : references) {
            bytes += utf8(reference.name()) + utf8(reference.subject());
        }
        return bytes;
    }

    private static long utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public int compareTo(SchemaDefinition other) {
        return ORDER.compare(this, other);
    }

    private static int compare(List<SchemaReference> some, List<SchemaReference> others) {
        for (int i = 0; i < Math.min(some.size(), others.size()); i++) {
            int order = some.get(i).compareTo(others.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(some.size(), others.size());
    }
}
