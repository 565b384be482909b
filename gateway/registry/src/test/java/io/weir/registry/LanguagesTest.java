package io.weir.registry;

import static io.weir.registry.RegistryClient.submission;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.TimestampProto;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON Schema and Protobuf through the API; Avro is in {@link SchemaRegistryTest}. */
class LanguagesTest {
    private static final String CLOSED = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{%s}}";

    private static final String PERSON = """
            syntax = "proto3";
            package people;

            import "google/protobuf/timestamp.proto";

            message Person {
              string name = 1;
              google.protobuf.Timestamp born = 2;
              map<string, int32> scores = 3;
              oneof contact {
                string mail = 4;
                string phone = 5;
              }
              repeated Pet pets = 6;
              enum Mood {
                UNKNOWN = 0;
                GOOD = 1;
              }
              message Pet {
                string name = 1;
              }
            }
            """;

    private final RegistryClient client = new RegistryClient();

    @AfterEach
    void closes() {
        client.close();
    }

    @Test
    void jsonSchemasKeepTheOrderOfTheirFieldsAndLoseTheirBlanks() {
        // When
        int id = register("s", "JSON", "{ \"type\" : \"object\",\n \"properties\" : { \"b\": {\"const\": 1.5} } }");

        // Then
        var told = client.get("/schemas/ids/" + id).ok();
        assertThat(told.get("schemaType").asText()).isEqualTo("JSON");
        assertThat(told.get("schema").asText())
                .isEqualTo("{\"type\":\"object\",\"properties\":{\"b\":{\"const\":1.5}}}");
        assertThat(client.get("/schemas/ids/" + id + "/schema").text())
                .isEqualTo(told.get("schema").asText());
    }

    @Test
    void normalizedJsonSchemasAreOneWhateverTheOrderOfTheirFields() {
        // Given
        int first = id("s", "JSON", "{\"type\":\"object\",\"title\":\"T\"}", "?normalize=true");

        // Then
        assertThat(id("s", "JSON", "{\"title\":\"T\",\"type\":\"object\"}", "?normalize=true"))
                .isEqualTo(first);
        assertThat(id("s", "JSON", "{\"type\":\"object\",\"title\":\"T\"}", "?normalize=false"))
                .isNotEqualTo(first);
    }

    @Test
    void jsonSchemasAreComparedByWhatTheyAllow() {
        // Given
        register("s", "JSON", CLOSED.formatted("\"a\":{\"type\":\"string\"}"));

        // Then
        assertThat(compatible("s", "JSON", CLOSED.formatted("\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"string\"}")))
                .as("a property more where others were forbidden")
                .isTrue();
        assertThat(compatible("s", "JSON", CLOSED.formatted("\"a\":{\"type\":\"integer\"}")))
                .isFalse();
        assertThat(compatible("s", "JSON", CLOSED.formatted(""))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"anyOf\":[{\"type\":\"string\"},{\"type\":\"%s\"}]",
                "\"oneOf\":[{\"type\":\"string\"},{\"type\":\"%s\"}]",
                "\"allOf\":[{\"minLength\":1},{\"type\":\"%s\"}]",
                "\"not\":{\"type\":\"%s\"}",
                "\"type\":\"array\",\"items\":{\"type\":\"%s\"}",
                "\"type\":\"array\",\"items\":[{\"type\":\"%s\"}],\"additionalItems\":{\"enum\":[1,\"a\",null]}",
                "\"if\":{\"type\":\"object\"},\"then\":{\"type\":\"%s\"},\"else\":{\"const\":{\"a\":[1,2]}}",
                "\"type\":\"object\",\"patternProperties\":{\"^a\":{\"type\":\"%s\"}},"
                        + "\"propertyNames\":{\"maxLength\":9}",
                "\"type\":\"object\",\"dependencies\":{\"a\":[\"b\"]},"
                        + "\"properties\":{\"a\":{\"type\":\"%s\","
                        + "\"format\":\"email\",\"pattern\":\"a+\",\"minimum\":1.5}}",
                "\"type\":[\"null\",\"%s\"],\"format\":\"date-time\",\"multipleOf\":3,\"uniqueItems\":true",
            })
    void everyKindOfJsonSchemaIsCompared(String schema) {
        // Given
        register("s", "JSON", "{" + schema.formatted("integer") + "}");

        // Then
        assertThat(compatible("s", "JSON", "{" + schema.formatted("integer") + "}"))
                .isTrue();
        assertThat(compatible("s", "JSON", "{" + schema.formatted("boolean") + "}"))
                .isFalse();
    }

    @Test
    void whatCannotBeComparedIsNotCompatible() {
        // Given: two kinds of dependencies, which the library cannot write out
        String schema = "{\"type\":\"object\",\"dependencies\":{\"a\":[\"b\"],\"c\":{\"required\":[\"d\"]}},"
                + "\"properties\":{\"a\":{\"type\":\"%s\"}},\"minProperties\":%d}";
        register("s", "JSON", schema.formatted("integer", 1));

        // When
        var refused = client.post("/subjects/s/versions", submission("JSON", schema.formatted("boolean", 2)));

        // Then
        assertThat(refused.error()).isEqualTo("409/409");
        client.put("/config/s", "{\"compatibility\":\"NONE\"}").ok();
        register("s", "JSON", schema.formatted("boolean", 2));
    }

    @Test
    void recursiveJsonSchemasAreCompared() {
        // Given
        String tree = "{\"$ref\":\"#/definitions/n\",\"definitions\":{\"n\":{\"type\":\"object\",\"properties\":"
                + "{\"left\":{\"$ref\":\"#/definitions/n\"},\"v\":{\"type\":\"%s\"}}}}}";
        register("s", "JSON", tree.formatted("integer"));

        // Then
        assertThat(compatible("s", "JSON", tree.formatted("number"))).isTrue();
        assertThat(compatible("s", "JSON", tree.formatted("string"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"address.json", "http://example.com/schemas/address.json"})
    void jsonSchemasReferToEachOther(String name) {
        // Given
        register("address", "JSON", "{\"type\":\"object\",\"properties\":{\"street\":{\"type\":\"string\"}}}");
        String person = "{\"type\":\"object\",\"properties\":{\"home\":{\"$ref\":\"" + name + "\"}}}";

        // Then
        assertThat(client.post("/subjects/p/versions", submission("JSON", person, name, "address", "1"))
                        .status())
                .isEqualTo(200);
        var without = client.post("/subjects/q/versions", submission("JSON", person));
        assertThat(without.error()).isEqualTo("422/42201");
        assertThat(without.message()).contains("is not among the references");
    }

    @Test
    void jsonSchemasWithAnIdReferToEachOtherRelativeToIt() {
        // Given
        register("address", "JSON", "{\"type\":\"object\"}");
        String person =
                "{\"$id\":\"http://example.com/person.json\",\"properties\":{\"home\":{\"$ref\":\"address.json\"}}}";

        // Then
        assertThat(client.post("/subjects/p/versions", submission("JSON", person, "address.json", "address", "1"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void protobufSchemasAreParsedLinkedAndTold() throws Exception {
        // When
        int id = register("s", "PROTOBUF", PERSON);

        // Then
        var told = client.get("/schemas/ids/" + id).ok();
        assertThat(told.get("schemaType").asText()).isEqualTo("PROTOBUF");
        String text = told.get("schema").asText();
        assertThat(text).startsWith("syntax = \"proto3\";").contains("message Person", "map<string, int32> scores = 3");
        assertThat(register("s", "PROTOBUF", text)).as("its own canonical form").isEqualTo(id);
        assertThat(register("s", "PROTOBUF", PERSON.replace("  ", " "))).isEqualTo(id);
        assertThat(client.get("/schemas/ids/" + id + "/schema").text()).isEqualTo(text);
        FileDescriptor linked =
                FileDescriptor.buildFrom(serialized(id), new FileDescriptor[] {TimestampProto.getDescriptor()});
        assertThat(linked.findMessageTypeByName("Person").getFields()).hasSize(6);
    }

    private FileDescriptorProto serialized(int id) throws Exception {
        String text = client.get("/schemas/ids/" + id + "?format=serialized")
                .ok()
                .get("schema")
                .asText();
        return FileDescriptorProto.parseFrom(Base64.getDecoder().decode(text));
    }

    @Test
    void protobufDescriptorsAreTakenAsPythonSendsThem() throws Exception {
        // Given
        int id = register("s", "PROTOBUF", PERSON);
        String descriptor = Base64.getEncoder().encodeToString(serialized(id).toByteArray());

        // When
        int other = register("d", "PROTOBUF", descriptor);

        // Then
        String text = client.get("/schemas/ids/" + other).ok().get("schema").asText();
        assertThat(text).contains("message Person", "map<string, int32> scores = 3", "oneof contact", "enum Mood");
        assertThat(register("d", "PROTOBUF", text)).as("its own canonical form").isEqualTo(other);
        assertThat(register("d", "PROTOBUF", descriptor)).isEqualTo(other);
        assertThat(client.post("/subjects/d", submission("PROTOBUF", descriptor))
                        .ok()
                        .get("id")
                        .intValue())
                .isEqualTo(other);
    }

    @Test
    void protobufSchemasImportEachOther() throws Exception {
        // Given
        register("pet", "PROTOBUF", "syntax = \"proto3\";\npackage pets;\nmessage Pet { string name = 1; }\n");
        String owner = "syntax = \"proto3\";\nimport \"pets/pet.proto\";\nmessage Owner { pets.Pet pet = 1; }\n";

        // When
        var owned =
                client.post("/subjects/owner/versions", submission("PROTOBUF", owner, "pets/pet.proto", "pet", "1"));

        // Then
        assertThat(serialized(owned.ok().get("id").intValue()).getDependencyList())
                .containsExactly("pets/pet.proto");
        assertThat(client.post("/subjects/x/versions", submission("PROTOBUF", owner))
                        .error())
                .isEqualTo("422/42201");
        assertThat(client.post(
                                "/subjects/x/versions",
                                submission("PROTOBUF", owner.replace("pets/", "../"), "../pet.proto", "pet", "1"))
                        .error())
                .isEqualTo("422/42201");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            int32 b = 2; string c = 3;    | true
            string b = 2;                 | false
            int32 b = 3;                  | false
            int32 renamed = 2;            | false
                                          | false
            reserved 2; reserved "b";     | true
            """)
    void protobufSchemasAreComparedByNumbersNamesAndTypes(@Nullable String fields, boolean expected) {
        // Given
        String message = "syntax = \"proto3\";\nmessage A { string a = 1; %s }\n";
        register("s", "PROTOBUF", message.formatted("int32 b = 2;"));

        for (String level : List.of("BACKWARD", "FORWARD", "FULL", "FULL_TRANSITIVE")) {
            // When
            client.put("/config", "{\"compatibility\":\"" + level + "\"}").ok();

            // Then
            assertThat(compatible("s", "PROTOBUF", message.formatted(fields == null ? "" : fields)))
                    .as(level)
                    .isEqualTo(expected);
        }
    }

    @Test
    void protobufFieldsThatAreRequiredCannotBeAddedOrTakenAway() {
        // Given
        String optional = "syntax = \"proto2\";\nmessage A { optional string a = 1; }\n";
        String required = "syntax = \"proto2\";\nmessage A { optional string a = 1; required string b = 2; }\n";
        register("s", "PROTOBUF", optional);

        // Then
        assertThat(compatible("s", "PROTOBUF", required)).isFalse();
        client.put("/config", "{\"compatibility\":\"FORWARD\"}").ok();
        assertThat(compatible("s", "PROTOBUF", required)).isTrue();
    }

    private int register(String subject, String type, String schema) {
        return id(subject, type, schema, "");
    }

    private int id(String subject, String type, String schema, String query) {
        return client.post("/subjects/" + subject + "/versions" + query, submission(type, schema))
                .ok()
                .get("id")
                .intValue();
    }

    private boolean compatible(String subject, String type, String schema) {
        return client.post("/compatibility/subjects/" + subject + "/versions", submission(type, schema))
                .ok()
                .get("is_compatible")
                .booleanValue();
    }
}
