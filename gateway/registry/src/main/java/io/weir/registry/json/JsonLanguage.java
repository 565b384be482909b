package io.weir.registry.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weir.contracts.schema.SchemaType;
import io.weir.registry.language.Nesting;
import io.weir.registry.language.Parsing;
import io.weir.registry.language.SchemaLanguage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.everit.json.schema.Schema;
import org.everit.json.schema.loader.SchemaLoader;
import org.json.JSONObject;

/** JSON Schema. Texts of later drafts are read as of draft 7, whose rules then say what is compatible. */
public final class JsonLanguage implements SchemaLanguage {
    /** Largest exponent of a number, in decimal digits: numbers are compared exactly. */
    public static final int MAX_SCALE = 1_000;

    /** Most objects and lists of a schema: loading takes time with their square. */
    public static final int MAX_PARTS = 5_000;

    /** Most of them in a schema and everything that it refers to. */
    public static final int MAX_ALL_PARTS = 20_000;

    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final ObjectMapper SORTED = STRICT.copy().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    @Override
    public SchemaType type() {
        return SchemaType.JSON;
    }

    @Override
    public Parsing parse(String text, List<Dependency> dependencies) {
        int nesting = Nesting.ofJson(text);
        if (nesting > MAX_NESTING) {
            return new Parsing.Invalid("Nested " + nesting + " deep, more than " + MAX_NESTING);
        }
        try {
            JsonNode tree = STRICT.readTree(text);
            if (!tree.isObject() && !tree.isBoolean()) {
                return new Parsing.Invalid("A JSON schema is an object or a boolean, not a " + tree.getNodeType());
            }
            Optional<String> excess = excess(tree, dependencies);
            if (excess.isPresent()) {
                return new Parsing.Invalid(excess.get());
            }
            String canonical = STRICT.writeValueAsString(tree);
            return new Parsing.Parsed(new JsonSchema(loaded(tree, canonical, dependencies), canonical));
        } catch (RuntimeException | JsonProcessingException refused) {
            // Beyond its own exceptions the loader has any that an unexpected JSON value leads to.
            return Parsing.Invalid.because(refused);
        } catch (StackOverflowError chained) {
            return Parsing.Invalid.tooDeep();
        }
    }

    @Override
    public String normalized(String canonical) {
        try {
            return SORTED.writeValueAsString(SORTED.readValue(canonical, Object.class));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("A canonical JSON schema is not JSON", impossible);
        }
    }

    private static Schema loaded(JsonNode tree, String canonical, List<Dependency> dependencies) {
        SchemaLoader.SchemaLoaderBuilder loader = SchemaLoader.builder()
                .draftV7Support()
                .useDefaults(false)
                .resolutionScope(References.BASE)
                .schemaClient(new References(dependencies));
        // An object as such: taken as any other value, it would be copied whole for each of its parts.
        return (tree.isBoolean()
                        ? loader.schemaJson((Object) tree.booleanValue())
                        : loader.schemaJson(new JSONObject(canonical)))
                .build()
                .load()
                .build();
    }

    private static Optional<String> excess(JsonNode root, List<Dependency> dependencies)
            throws JsonProcessingException {
        int parts = 0;
        Deque<JsonNode> left = new ArrayDeque<>(List.of(root));
        while (!left.isEmpty()) {
            JsonNode node = left.pop();
            if (node.isBigDecimal() && Math.abs((long) node.decimalValue().scale()) > MAX_SCALE) {
                return Optional.of("A number's exponent is beyond " + MAX_SCALE + " digits");
            }
            parts += node.isContainerNode() ? 1 : 0;
            node.forEach(left::push);
        }
        if (parts > MAX_PARTS) {
            return Optional.of("It has " + parts + " objects and lists, more than " + MAX_PARTS);
        }
        for (Dependency dependency : dependencies) {
            parts += parts(STRICT.readTree(dependency.text()));
        }
        return parts > MAX_ALL_PARTS
                ? Optional.of("With its references it has " + parts + " objects and lists, more than " + MAX_ALL_PARTS)
                : Optional.empty();
    }

    private static int parts(JsonNode root) {
        int parts = 0;
        Deque<JsonNode> left = new ArrayDeque<>(List.of(root));
        while (!left.isEmpty()) {
            JsonNode node = left.pop();
            parts += node.isContainerNode() ? 1 : 0;
            node.forEach(left::push);
        }
        return parts;
    }
}
