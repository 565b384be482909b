package io.weir.lakehouse.columns;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.iceberg.types.Types.NestedField;

/**
 * Schemas by id, parsed once.
 *
 * <p>Threading: one thread at a time.
 */
final class AvroSchemas {
    /** Of one topic. */
    static final int MAX_KNOWN = 256;

    private final SchemasById source;
    private final Map<Integer, Known> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Known> eldest) {
            return size() > MAX_KNOWN;
        }
    };

    AvroSchemas(SchemasById source) {
        this.source = source;
    }

    /** What is known of a schema. */
    sealed interface Known {
        /**
         * It makes columns.
         *
         * @param columns one of each field of a record, in their order; else the value itself
         */
        record Usable(Schema schema, List<NestedField> columns) implements Known {}

        record Unusable(String reason) implements Known {}
    }

    Known known(int id) {
        Known found = known.get(id);
        if (found == null) {
            SchemasById.Found there = source.schema(id);
            found = load(id, there);
            // What is missing may be registered later, under this very id; a text never changes.
            if (there instanceof SchemasById.Found.Avro) {
                known.put(id, found);
            }
        }
        return found;
    }

    private static Known load(int id, SchemasById.Found there) {
        return switch (there) {
            case SchemasById.Found.Missing() -> new Known.Unusable("schema " + id + " is not registered");
            case SchemasById.Found.OtherKind(String kind) ->
                new Known.Unusable("schema " + id + " is of kind " + kind + ", not Avro");
            case SchemasById.Found.Unreadable(String reason) ->
                new Known.Unusable("schema " + id + " cannot be read: " + reason);
            case SchemasById.Found.Avro(String text, List<String> references) -> parse(id, text, references);
        };
    }

    private static Known parse(int id, String text, List<String> references) {
        try {
            Schema.Parser parser = new Schema.Parser();
            for (String reference : references) {
                parser.parse(reference);
            }
            Schema schema = parser.parse(text);
            return new Known.Usable(schema, new ArrayList<>(new AvroTypes().columns(schema)));
        } catch (AvroTypes.NoSuchColumn unmapped) {
            return new Known.Unusable("schema " + id + " makes no columns: " + unmapped.getMessage());
        } catch (RuntimeException illegal) {
            // The library meets names that lead nowhere with a NullPointerException.
            return new Known.Unusable("schema " + id + " is not Avro: " + illegal.getMessage());
        }
    }
}
