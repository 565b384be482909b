package io.weir.registry.avro;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weir.contracts.schema.SchemaType;
import io.weir.registry.language.Nesting;
import io.weir.registry.language.Parsing;
import io.weir.registry.language.SchemaLanguage;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;

/** Avro. A schema with references keeps its own text, without blanks, since Avro would write out what it refers to. */
public final class AvroLanguage implements SchemaLanguage {
    /** Most branches of one union: two unions are compared branch by branch. */
    public static final int MAX_BRANCHES = 256;

    /** Most branches of all unions together. */
    public static final int MAX_ALL_BRANCHES = 4096;

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public SchemaType type() {
        return SchemaType.AVRO;
    }

    @Override
    public Parsing parse(String text, List<Dependency> dependencies) {
        int nesting = Nesting.ofJson(text);
        if (nesting > MAX_NESTING) {
            return new Parsing.Invalid("Nested " + nesting + " deep, more than " + MAX_NESTING);
        }
        try {
            Schema.Parser parser = new Schema.Parser();
            // The same text under two names defines its types once.
            new LinkedHashSet<>(dependencies.stream().map(Dependency::text).toList()).forEach(parser::parse);
            Schema schema = parser.parse(text);
            Optional<String> excess = excess(schema);
            return excess.isPresent()
                    ? new Parsing.Invalid(excess.get())
                    : new Parsing.Parsed(
                            new AvroSchema(schema, dependencies.isEmpty() ? schema.toString() : withoutBlanks(text)));
        } catch (RuntimeException | JsonProcessingException refused) {
            // Beyond its own exceptions the parser has any that an unexpected JSON value leads to.
            return Parsing.Invalid.because(refused);
        } catch (StackOverflowError chained) {
            return Parsing.Invalid.tooDeep();
        }
    }

    private static String withoutBlanks(String text) throws JsonProcessingException {
        return JSON.writeValueAsString(JSON.readTree(text));
    }

    private static Optional<String> excess(Schema root) {
        Set<Schema> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Schema> left = new ArrayDeque<>(List.of(root));
        int branches = 0;
        while (!left.isEmpty()) {
            Schema schema = left.pop();
            if (!seen.add(schema)) {
                continue;
            }
            switch (schema.getType()) {
                case RECORD -> schema.getFields().forEach(field -> left.push(field.schema()));
                case ARRAY -> left.push(schema.getElementType());
                case MAP -> left.push(schema.getValueType());
                case UNION -> {
                    int own = schema.getTypes().size();
                    if (own > MAX_BRANCHES) {
                        return Optional.of("A union of " + own + " branches has more than " + MAX_BRANCHES);
                    }
                    branches += own;
                    schema.getTypes().forEach(left::push);
                }
                case ENUM, FIXED, STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL -> {}
            }
        }
        return branches > MAX_ALL_BRANCHES
                ? Optional.of("Unions of " + branches + " branches together have more than " + MAX_ALL_BRANCHES)
                : Optional.empty();
    }
}
