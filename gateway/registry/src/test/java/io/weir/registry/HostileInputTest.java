package io.weir.registry;

import static io.weir.registry.RegistryClient.submission;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.Subject;
import io.weir.registry.RegistryClient.Answer;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no well-meaning client sends: every answer is an error with a number, and the next request is served. */
class HostileInputTest {
    private static final String AVRO =
            "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}";
    private static final String JSON =
            "{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":[{\"type\":\"string\"}]}}}";
    private static final String PROTO = "syntax = \"proto3\";\nmessage A { string a = 1; map<string, A> b = 2; }\n";

    /** Patient: it is what is answered that counts here, on a busy machine too. */
    private final RegistryClient client =
            new RegistryClient(new RegistryConfig(2, 64, Duration.ofMinutes(2), Duration.ofMinutes(1)));

    @AfterEach
    void servesOnAndCloses() {
        assertThat(client.get("/schemas/types").status()).isEqualTo(200);
        client.close();
    }

    private Answer register(String type, String schema) {
        return client.post("/subjects/s/versions", submission(type, schema));
    }

    @ParameterizedTest
    @CsvSource({"AVRO, 128", "AVRO, 129", "AVRO, 30000", "JSON, 128", "JSON, 129", "JSON, 60000"})
    void boundsNesting(String type, int levels) {
        // Given: two brackets a level
        String open = type.equals("AVRO") ? "{\"type\":\"array\",\"items\":" : "{\"not\":";
        String schema = open.repeat(levels) + (type.equals("AVRO") ? "\"int\"" : "true") + "}".repeat(levels);

        // Then
        var answer = register(type, schema);
        assertThat(answer.status()).isEqualTo(levels <= 128 ? 200 : 422);
        if (levels > 128) {
            assertThat(answer.message()).contains("deep");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {127, 129, 60_000})
    void boundsNestingOfMessages(int levels) {
        // Given
        String schema = "syntax = \"proto3\";\n"
                + IntStream.range(0, levels)
                        .mapToObj(i -> "message M" + i + " {")
                        .collect(Collectors.joining())
                + "}".repeat(levels);

        // Then
        assertThat(register("PROTOBUF", schema).status()).isEqualTo(levels <= 128 ? 200 : 422);
    }

    @Test
    void bracketsInStringsAndCommentsAreNoNesting() {
        String brackets = "{".repeat(1_000);
        assertThat(register("AVRO", AVRO.replace("\"fields\"", "\"doc\":\"" + brackets + "\\\"{\",\"fields\""))
                        .status())
                .isEqualTo(200);
        client.delete("/subjects/s").ok();
        client.put("/config", "{\"compatibility\":\"NONE\"}").ok();
        assertThat(register("PROTOBUF", PROTO + "// " + brackets + "'\n/* " + brackets + "\" */\n")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"256, 200", "257, 422"})
    void boundsBranchesOfAUnion(int branches, int status) {
        String union = IntStream.range(0, branches)
                .mapToObj(i -> "{\"type\":\"fixed\",\"name\":\"F" + i + "\",\"size\":1}")
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(register("AVRO", union).status()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({"2048, 200", "2049, 422"})
    void boundsBranchesOfAllUnions(int unions, int status) {
        String fields = IntStream.range(0, unions)
                .mapToObj(i -> "{\"name\":\"f" + i + "\",\"type\":[\"null\",\"int\"]}")
                .collect(Collectors.joining(","));
        assertThat(register("AVRO", SchemaRegistryTest.record("R", fields)).status())
                .isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({"4998, 200", "4999, 422"})
    void boundsPartsOfAJsonSchema(int properties, int status) {
        String schema = IntStream.range(0, properties)
                .mapToObj(i -> "\"p" + i + "\":{\"type\":\"string\"}")
                .collect(Collectors.joining(",", "{\"type\":\"object\",\"properties\":{", "}}"));
        assertThat(register("JSON", schema).status()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({"2000, 200", "2001, 422"})
    void boundsTypesOfAProtobufFile(int types, int status) {
        String schema = IntStream.range(0, types - 1)
                .mapToObj(i -> "message M" + i + " {}\n")
                .collect(Collectors.joining("", "syntax = \"proto3\";\n", "message Outer { enum E { A = 0; } }\n"))
                .replaceFirst("message M0 \\{}\n", "");
        assertThat(register("PROTOBUF", schema).status()).isEqualTo(status);
    }

    @Test
    void definitionsThatReferToEachOtherInALongChainDoNotOverflowAnything() {
        // Given: flat text, in which each record has a field of the next one's type
        int records = 8_000;
        String schema = IntStream.range(0, records)
                .mapToObj(i -> "{\"name\":\"f" + i + "\",\"type\":{\"type\":\"record\",\"name\":\"R" + i
                        + "\",\"fields\":[{\"name\":\"n\",\"type\":\"" + (i + 1 < records ? "R" + (i + 1) : "int")
                        + "\"}]}}")
                .collect(Collectors.joining(",", "{\"type\":\"record\",\"name\":\"Root\",\"fields\":[", "]}"));

        // Then
        assertThat(register("AVRO", schema).status()).isIn(200, 422);
        assertThat(register("AVRO", AVRO).status()).isIn(200, 409);
    }

    @Test
    void jsonSchemasThatUnfoldBeyondBoundsAreNotCompared() {
        // Given: every definition uses the next one twice, so that the last is used 2^30 times
        String definitions = IntStream.range(0, 30)
                .mapToObj(i -> "\"d" + i + "\":{\"anyOf\":[{\"$ref\":\"#/definitions/d" + (i + 1)
                        + "\"},{\"properties\":{\"x\":{\"$ref\":\"#/definitions/d" + (i + 1) + "\"}}}]}")
                .collect(Collectors.joining(","));
        String schema =
                "{\"$ref\":\"#/definitions/d0\",\"definitions\":{" + definitions + ",\"d30\":{\"type\":\"%s\"}}}";
        assertThat(register("JSON", schema.formatted("string")).status()).isEqualTo(200);

        // Then
        assertThat(register("JSON", schema.formatted("integer")).message()).contains("Too large to be compared");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"multipleOf\":1e999999999,\"type\":\"number\"}",
                "{\"const\":1e-2000}",
                "{\"type\":\"string\",\"maxLength\":-1e99999}",
            })
    void hugeExponentsAreRefused(String schema) {
        assertThat(register("JSON", schema).error()).isEqualTo("422/42201");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "null", "3", "{", "\"", "{\"a\":1,\"a\":2}", "{\"type\":17}"})
    void whatIsNoSchemaIsRefused(String schema) {
        assertThat(register("AVRO", schema).error()).as("Avro").isEqualTo("422/42201");
        assertThat(register("JSON", schema).error()).as("JSON").isEqualTo("422/42201");
        assertThat(register("PROTOBUF", schema).error()).as("Protobuf").isEqualTo("422/42201");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "http://127.0.0.1:1/x.json",
                "classpath://META-INF/MANIFEST.MF",
                "jar:file:/x.jar!/y.json",
                "../../etc/passwd",
            })
    void nothingIsFetchedFromAnywhere(String reference) {
        var answer = register("JSON", "{\"$ref\":\"" + reference + "\"}");
        assertThat(answer.error()).isEqualTo("422/42201");
        assertThat(answer.message()).contains("is not among the references");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void cutAndMutatedSchemasGetAnAnswer(int seed) {
        // Given
        Random random = new Random(seed);
        client.put("/config", "{\"compatibility\":\"NONE\"}").ok();
        for (int round = 0; round < 150; round++) {
            for (String[] sample : new String[][] {{"AVRO", AVRO}, {"JSON", JSON}, {"PROTOBUF", PROTO}}) {
                StringBuilder text = new StringBuilder(sample[1]);
                for (int change = random.nextInt(3); change >= 0; change--) {
                    text.setCharAt(random.nextInt(text.length()), (char) (32 + random.nextInt(95)));
                }
                text.setLength(random.nextInt(text.length() / 2, text.length() + 1));

                // Then
                assertThat(register(sample[0], text.toString()).status())
                        .as("seed %d: %s %s", seed, sample[0], text)
                        .isIn(200, 409, 422);
            }
        }
    }

    @Test
    void boundsTheSizeOfASchema() {
        // Given
        String head = "{\"type\":\"object\",\"title\":\"";
        int room = SchemaDefinition.MAX_BYTES - head.length() - 2;

        // Then
        assertThat(register("JSON", head + "x".repeat(room) + "\"}").status()).isEqualTo(200);
        assertThat(register("JSON", head + "x".repeat(room + 1) + "\"}").error())
                .isEqualTo("422/42209");
        assertThat(register("JSON", head + "é".repeat(room / 2 + 1) + "\"}").error())
                .isEqualTo("422/42209");
    }

    @Test
    void boundsReferencesAndTheirDepth() {
        // Given
        client.avro("d0", SchemaRegistryTest.record("T0", ""));
        int depth = 0;
        Answer answer;
        do {
            String type = SchemaRegistryTest.record("T" + (depth + 1), "{\"name\":\"f\",\"type\":\"T" + depth + "\"}");
            answer = client.post(
                    "/subjects/d" + (depth + 1) + "/versions", submission("AVRO", type, "T" + depth, "d" + depth, "1"));
            depth++;
        } while (answer.status() == 200 && depth < 100);

        // Then
        assertThat(depth).isEqualTo(33);
        assertThat(answer.message()).contains("further than 32");
        String[] many = IntStream.range(0, 65)
                .mapToObj(i -> new String[] {"T" + i, "d0", "1"})
                .flatMap(java.util.stream.Stream::of)
                .toArray(String[]::new);
        assertThat(client.post("/subjects/s/versions", submission("AVRO", AVRO, many))
                        .error())
                .isEqualTo("422/422");
    }

    @Test
    void subjectsHaveLegalNames() {
        String longest = "x".repeat(Subject.MAX_NAME_CHARS);
        assertThat(client.post("/subjects/" + longest + "/versions", submission("AVRO", AVRO))
                        .status())
                .isEqualTo(200);
        assertThat(client.post("/subjects/" + longest + "x/versions", submission("AVRO", AVRO))
                        .error())
                .isEqualTo("422/42208");
        assertThat(client.post("/subjects/a%0Ab/versions", submission("AVRO", AVRO))
                        .error())
                .isEqualTo("422/42208");
        assertThat(client.post("/subjects//versions", submission("AVRO", AVRO)).error())
                .isEqualTo("422/42208");
        assertThat(client.post("/subjects/:.context:s/versions", submission("AVRO", AVRO))
                        .error())
                .isEqualTo("422/42208");
        assertThat(client.post("/subjects/a%2Fb+c%20d/versions", submission("AVRO", AVRO))
                        .status())
                .isEqualTo(200);
        assertThat(client.get("/subjects?subjectPrefix=:*:a").text()).isEqualTo("[\"a/b+c d\"]");
        assertThat(client.get("/subjects/%zz/versions").error()).isEqualTo("400/400");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"schema\":", "{} {}", "\u0000"})
    void bodiesAreJsonObjects(String body) {
        assertThat(client.post("/subjects/s/versions", body).error()).isEqualTo("400/400");
        assertThat(client.put("/config", body).error()).isEqualTo("400/400");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"schema\":3}",
                "{\"schema\":\"\\\"int\\\"\",\"schemaType\":\"XML\"}",
                "{\"schema\":\"\\\"int\\\"\",\"references\":{}}",
                "{\"schema\":\"\\\"int\\\"\",\"references\":[3]}",
                "{\"schema\":\"\\\"int\\\"\",\"references\":[{\"name\":\"x\",\"subject\":\"none\",\"version\":-1}]}",
                "{\"schema\":\"\\\"int\\\"\",\"id\":\"x\"}",
                "{\"schema\":\"\\\"int\\\"\",\"id\":99999999999}",
                "{\"schema\":\"\\\"int\\\"\",\"ruleSet\":{\"domainRules\":[]}}",
                "{\"schema\":null}",
                "{}",
            })
    void fieldsOfABodyAreWhatTheyShould(String body) {
        assertThat(client.post("/subjects/s/versions", body).status()).isEqualTo(422);
        assertThat(client.get("/subjects").text()).isEqualTo("[]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"})
    void bodiesOfOtherTypesAreRefused(String type) {
        client.with("content-type", type);
        assertThat(client.post("/subjects/s/versions", submission("AVRO", AVRO)).error())
                .isEqualTo("415/415");
    }

    @Test
    void answersInTheTypeThatIsAccepted() {
        assertThat(client.get("/subjects").type()).isEqualTo("application/vnd.schemaregistry.v1+json");
        assertThat(client.with("accept", "application/json").get("/subjects").type())
                .isEqualTo("application/json");
        assertThat(client.with("accept", "application/vnd.schemaregistry+json; q=0.9, application/json; q=0.5")
                        .get("/subjects")
                        .type())
                .isEqualTo("application/vnd.schemaregistry+json");
        assertThat(client.with("accept", "text/html, */*").get("/nothing").type())
                .isEqualTo("application/vnd.schemaregistry.v1+json");
    }

    @Test
    void unknownPathsMethodsAndNumbersAreToldApart() {
        assertThat(client.get("/nothing").error()).isEqualTo("404/404");
        assertThat(client.get("/subjects/").error()).isEqualTo("405/405");
        assertThat(client.delete("/subjects").error()).isEqualTo("405/405");
        assertThat(client.get("/schemas/ids/99").error()).isEqualTo("404/40403");
        assertThat(client.get("/schemas/ids/-1").error()).isEqualTo("404/40403");
        assertThat(client.get("/schemas/ids/x").error()).isEqualTo("404/404");
        assertThat(client.get("/schemas/ids/99999999999").error()).isEqualTo("404/404");
        assertThat(client.get("/subjects/s/versions/0").error()).isEqualTo("422/42202");
        assertThat(client.get("/subjects/s/versions/2147483648").error()).isEqualTo("422/42202");
        assertThat(client.get("/subjects/s/versions/1").error()).isEqualTo("404/40401");
        assertThat(client.get("/subjects?limit=x").error()).isEqualTo("400/400");
    }

    @ParameterizedTest
    @CsvSource({"NOT_LEADER, 500/50003", "TIMED_OUT, 500/50002", "STORAGE_FULL, 500/50001", "OVERLOADED, 429/42901"})
    void failuresOfTheMetadataAreTold(FailureCode failure, String error) {
        client.metadata.schemas().failNext(failure);
        assertThat(register("AVRO", AVRO).error()).isEqualTo(error);
        assertThat(register("AVRO", AVRO).status()).isEqualTo(200);
    }
}
