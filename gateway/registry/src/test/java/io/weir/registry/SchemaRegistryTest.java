package io.weir.registry;

import static io.weir.registry.RegistryClient.submission;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaRegistryTest {
    private static final String USER = record("User", "{\"name\":\"name\",\"type\":\"string\"}");
    private static final String USER_WITH_AGE = record(
            "User",
            "{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"age\",\"type\":[\"null\",\"int\"],\"default\":null}");
    private static final String USER_WITH_NEED =
            record("User", "{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"need\",\"type\":\"int\"}");

    private final RegistryClient client = new RegistryClient();

    @AfterEach
    void closes() {
        client.close();
    }

    static String record(String name, String fields) {
        return "{\"type\":\"record\",\"name\":\"" + name + "\",\"fields\":[" + fields + "]}";
    }

    @Test
    void registersVersionsAndTellsThemInEveryWay() {
        // Given
        int first = client.avro("users-value", USER);
        int second = client.avro("users-value", USER_WITH_AGE);

        // Then
        assertThat(second).isGreaterThan(first);
        assertThat(client.get("/subjects").text()).isEqualTo("[\"users-value\"]");
        assertThat(client.get("/subjects/users-value/versions").text()).isEqualTo("[1,2]");
        assertThat(client.get("/subjects/users-value/versions/latest").ok())
                .isEqualTo(client.get("/subjects/users-value/versions/2").ok())
                .isEqualTo(client.get("/subjects/users-value/versions/-1").ok());
        var told = client.get("/subjects/users-value/versions/1").ok();
        assertThat(told.get("subject").asText()).isEqualTo("users-value");
        assertThat(told.get("version").intValue()).isEqualTo(1);
        assertThat(told.get("id").intValue()).isEqualTo(first);
        assertThat(told.get("schema").asText()).isEqualTo(USER);
        assertThat(told.has("schemaType")).isFalse();
        assertThat(told.has("references")).isFalse();
        assertThat(client.get("/subjects/users-value/versions/1/schema").text()).isEqualTo(USER);
        assertThat(client.get("/schemas/ids/" + first).ok().get("schema").asText())
                .isEqualTo(USER);
        assertThat(client.get("/schemas/ids/" + first + "/schema").text()).isEqualTo(USER);
        assertThat(client.get("/schemas/ids/" + first + "/subjects").text()).isEqualTo("[\"users-value\"]");
        assertThat(client.get("/schemas/ids/" + second + "/versions").text())
                .isEqualTo("[{\"subject\":\"users-value\",\"version\":2}]");
        assertThat(client.get("/schemas/types").text()).isEqualTo("[\"AVRO\",\"JSON\",\"PROTOBUF\"]");
        assertThat(client.get("/").text()).isEqualTo("{}");
        assertThat(client.get("").text()).isEqualTo("{}");
    }

    @Test
    void oneSchemaHasOneIdHoweverOftenAndWhereverItIsRegistered() {
        // Given
        int id = client.avro("a-value", USER);

        // Then
        assertThat(client.avro("a-value", USER)).isEqualTo(id);
        assertThat(client.avro("a-value", " " + USER.replace(",", " ,\n "))).isEqualTo(id);
        assertThat(client.avro("b-value", USER)).isEqualTo(id);
        assertThat(client.get("/subjects/a-value/versions").text()).isEqualTo("[1]");
        assertThat(client.get("/schemas/ids/" + id + "/subjects").text()).isEqualTo("[\"a-value\",\"b-value\"]");
    }

    @Test
    void looksASchemaUpUnderItsSubject() {
        // Given
        int id = client.avro("users-value", USER);

        // When
        var found =
                client.post("/subjects/users-value", submission("AVRO", USER)).ok();

        // Then
        assertThat(found.get("id").intValue()).isEqualTo(id);
        assertThat(found.get("version").intValue()).isEqualTo(1);
        assertThat(client.post("/subjects/users-value", submission("AVRO", USER_WITH_AGE))
                        .error())
                .isEqualTo("404/40403");
        assertThat(client.post("/subjects/nobody", submission("AVRO", USER)).error())
                .isEqualTo("404/40401");
        assertThat(client.post("/subjects/users-value", submission("AVRO", "{}"))
                        .error())
                .isEqualTo("422/42201");
    }

    @Test
    void refusesWhatTheLevelForbidsAndSaysWhy() {
        // Given
        client.avro("users-value", USER);

        // When
        var refused = client.post("/subjects/users-value/versions", submission("AVRO", USER_WITH_NEED));

        // Then
        assertThat(refused.error()).isEqualTo("409/409");
        assertThat(refused.message())
                .contains("incompatible with an earlier schema for subject \"users-value\"")
                .contains("READER_FIELD_MISSING_DEFAULT_VALUE")
                .contains("need");
        assertThat(client.get("/subjects/users-value/versions").text()).isEqualTo("[1]");
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, true, true",
        "BACKWARD, false, true",
        "BACKWARD_TRANSITIVE, false, true",
        "FORWARD, true, false",
        "FORWARD_TRANSITIVE, true, false",
        "FULL, false, false",
        "FULL_TRANSITIVE, false, false",
    })
    void levelsAskForWhatTheyAreNamedAfter(String level, boolean mayAddRequired, boolean mayRemoveRequired) {
        // Given
        client.put("/config", "{\"compatibility\":\"" + level + "\"}").ok();
        client.avro("narrow", USER);
        client.avro("wide", USER_WITH_NEED);

        // Then
        assertThat(compatible("narrow", USER_WITH_NEED)).isEqualTo(mayAddRequired);
        assertThat(compatible("wide", USER)).isEqualTo(mayRemoveRequired);
    }

    private boolean compatible(String subject, String schema) {
        return client.post("/compatibility/subjects/" + subject + "/versions", submission("AVRO", schema))
                .ok()
                .get("is_compatible")
                .booleanValue();
    }

    @Test
    void transitiveLevelsLookBeyondTheLatest() {
        // Given: each step is compatible with the one before, the last not with the first
        client.avro("s", record("R", "{\"name\":\"a\",\"type\":\"int\",\"default\":0}"));
        client.avro("s", record("R", ""));
        String third = record("R", "{\"name\":\"a\",\"type\":\"string\",\"default\":\"\"}");

        // Then
        assertThat(compatible("s", third)).isTrue();
        client.put("/config/s", "{\"compatibility\":\"BACKWARD_TRANSITIVE\"}").ok();
        assertThat(compatible("s", third)).isFalse();
        var refused = client.post("/subjects/s/versions", submission("AVRO", third));
        assertThat(refused.error()).isEqualTo("409/409");
        assertThat(refused.message()).contains("oldSchemaVersion: 1");
    }

    @Test
    void comparesWithOneVersionAndTellsWhyWhenAsked() {
        // Given
        client.avro("s", USER);
        String path = "/compatibility/subjects/s/versions/";

        // Then
        var told = client.post(path + "1?verbose=true", submission("AVRO", USER_WITH_NEED))
                .ok();
        assertThat(told.get("is_compatible").booleanValue()).isFalse();
        assertThat(told.get("messages").toString()).contains("READER_FIELD_MISSING_DEFAULT_VALUE");
        assertThat(client.post(path + "latest", submission("AVRO", USER_WITH_AGE))
                        .text())
                .isEqualTo("{\"is_compatible\":true}");
        assertThat(client.post(path + "2", submission("AVRO", USER)).error()).isEqualTo("404/40402");
        assertThat(client.post(path + "zero", submission("AVRO", USER)).error()).isEqualTo("422/42202");
        assertThat(client.post("/compatibility/subjects/none/versions/1", submission("AVRO", USER))
                        .error())
                .isEqualTo("404/40401");
        assertThat(client.post("/compatibility/subjects/none/versions/latest", submission("AVRO", USER))
                        .text())
                .isEqualTo("{\"is_compatible\":true}");
        assertThat(client.post(path + "1", submission("AVRO", "nothing")).error())
                .isEqualTo("422/42201");
    }

    @Test
    void aSubjectKeepsItsLanguage() {
        // Given
        client.avro("s", USER);

        // When
        var refused = client.post("/subjects/s/versions", submission("JSON", "{\"type\":\"object\"}"));

        // Then
        assertThat(refused.error()).isEqualTo("409/409");
        assertThat(refused.message()).contains("TYPE_MISMATCH");
    }

    @Test
    void deletesInTwoSteps() {
        // Given
        int id = client.avro("s", USER);
        client.avro("s", USER_WITH_AGE);

        // Then
        assertThat(client.delete("/subjects/s/versions/1?permanent=true").error())
                .isEqualTo("404/40407");
        assertThat(client.delete("/subjects/s/versions/1").text()).isEqualTo("1");
        assertThat(client.delete("/subjects/s/versions/1").error()).isEqualTo("404/40406");
        assertThat(client.delete("/subjects/s/versions/3").error()).isEqualTo("404/40402");
        assertThat(client.get("/subjects/s/versions/1").error()).isEqualTo("404/40402");
        assertThat(client.get("/subjects/s/versions/1?deleted=true")
                        .ok()
                        .get("deleted")
                        .booleanValue())
                .isTrue();
        assertThat(client.get("/subjects/s/versions").text()).isEqualTo("[2]");
        assertThat(client.get("/subjects/s/versions?deleted=true").text()).isEqualTo("[1,2]");
        assertThat(client.get("/subjects/s/versions?deletedOnly=true").text()).isEqualTo("[1]");
        assertThat(client.get("/schemas/ids/" + id).status())
                .as("records still name it")
                .isEqualTo(200);
        assertThat(client.delete("/subjects/s/versions/1?permanent=true").text())
                .isEqualTo("1");
        assertThat(client.get("/schemas/ids/" + id).error()).isEqualTo("404/40403");
        assertThat(client.delete("/subjects/s?permanent=true").error()).isEqualTo("404/40405");
        assertThat(client.delete("/subjects/s").text()).isEqualTo("[2]");
        assertThat(client.get("/subjects").text()).isEqualTo("[]");
        assertThat(client.get("/subjects?deleted=true").text()).isEqualTo("[\"s\"]");
        assertThat(client.get("/subjects/s/versions").error()).isEqualTo("404/40401");
        assertThat(client.delete("/subjects/s").error()).isEqualTo("404/40404");
        assertThat(client.delete("/subjects/s?permanent=true").text()).isEqualTo("[2]");
        assertThat(client.delete("/subjects/s?permanent=true").error()).isEqualTo("404/40401");
        assertThat(client.get("/subjects?deleted=true").text()).isEqualTo("[]");
    }

    @Test
    void referencesAreResolvedKeptAndHeldOnTo() {
        // Given
        client.avro("address", record("Address", "{\"name\":\"street\",\"type\":\"string\"}"));
        String person = record("Person", "{\"name\":\"home\",\"type\":\"Address\"}");

        // When
        int id = client.post("/subjects/person/versions", submission("AVRO", person, "Address", "address", "-1"))
                .ok()
                .get("id")
                .intValue();

        // Then
        assertThat(client.get("/schemas/ids/" + id).ok().get("references").toString())
                .isEqualTo("[{\"name\":\"Address\",\"subject\":\"address\",\"version\":1}]");
        assertThat(client.get("/schemas/ids/" + id).ok().get("schema").asText()).isEqualTo(person);
        assertThat(client.get("/subjects/address/versions/1/referencedby").text())
                .isEqualTo("[" + id + "]");
        assertThat(client.delete("/subjects/address/versions/1").error()).isEqualTo("422/42206");
        assertThat(client.delete("/subjects/address").error()).isEqualTo("422/42206");
        assertThat(client.post("/subjects/other/versions", submission("AVRO", person))
                        .error())
                .isEqualTo("422/42201");
        assertThat(client.post("/subjects/other/versions", submission("AVRO", person, "Address", "address", "9"))
                        .error())
                .isEqualTo("422/42201");
        assertThat(client.post("/subjects/other/versions", submission("JSON", "{}", "Address", "address", "1"))
                        .message())
                .contains("type AVRO, not JSON");
        client.delete("/subjects/person").ok();
        assertThat(client.get("/subjects/address/versions/1/referencedby").text())
                .isEqualTo("[]");
        assertThat(client.delete("/subjects/address/versions/1").text()).isEqualTo("1");
    }

    @Test
    void levelsAreSetForAllAndForOne() {
        assertThat(client.get("/config").text()).isEqualTo("{\"compatibilityLevel\":\"BACKWARD\"}");
        assertThat(client.get("/config/s").error()).isEqualTo("404/40408");
        assertThat(client.put("/config/s", "{\"compatibility\":\"full\"}").text())
                .isEqualTo("{\"compatibility\":\"FULL\"}");
        assertThat(client.get("/config/s").text()).isEqualTo("{\"compatibilityLevel\":\"FULL\"}");
        assertThat(client.put("/config", "{\"compatibility\":\"NONE\"}").text())
                .isEqualTo("{\"compatibility\":\"NONE\"}");
        assertThat(client.delete("/config/s").text()).isEqualTo("{\"compatibilityLevel\":\"FULL\"}");
        assertThat(client.delete("/config/s").error()).isEqualTo("404/40408");
        assertThat(client.get("/config/s?defaultToGlobal=true").text()).isEqualTo("{\"compatibilityLevel\":\"NONE\"}");
        assertThat(client.delete("/config").text()).isEqualTo("{\"compatibilityLevel\":\"NONE\"}");
        assertThat(client.delete("/config").text()).isEqualTo("{\"compatibilityLevel\":\"BACKWARD\"}");
        assertThat(client.put("/config", "{\"compatibility\":\"SOME\"}").error())
                .isEqualTo("422/42203");
        assertThat(client.put("/config", "{}").error()).isEqualTo("422/42203");
        assertThat(client.put("/config", "{\"compatibility\":\"NONE\",\"normalize\":true}")
                        .error())
                .as("a setting that is not acted on")
                .isEqualTo("422/422");
    }

    @Test
    void modesDecideWhatMayBeDone() {
        // Given
        client.avro("s", USER);

        // Then
        assertThat(client.get("/mode").text()).isEqualTo("{\"mode\":\"READWRITE\"}");
        assertThat(client.get("/mode/s").error()).isEqualTo("404/40409");
        assertThat(client.put("/mode/s", "{\"mode\":\"READONLY\"}").text()).isEqualTo("{\"mode\":\"READONLY\"}");
        assertThat(client.get("/mode/s").text()).isEqualTo("{\"mode\":\"READONLY\"}");
        assertThat(client.post("/subjects/s/versions", submission("AVRO", USER_WITH_AGE))
                        .error())
                .isEqualTo("422/42205");
        assertThat(client.delete("/subjects/s").error()).isEqualTo("422/42205");
        assertThat(client.delete("/mode/s").text()).isEqualTo("{\"mode\":\"READONLY\"}");
        assertThat(client.delete("/mode/s").error()).isEqualTo("404/40409");
        assertThat(client.put("/mode", "{\"mode\":\"IMPORT\"}").error()).isEqualTo("422/42205");
        assertThat(client.put("/mode?force=true", "{\"mode\":\"IMPORT\"}").text())
                .isEqualTo("{\"mode\":\"IMPORT\"}");
        assertThat(client.get("/mode/s?defaultToGlobal=true").text()).isEqualTo("{\"mode\":\"IMPORT\"}");
        assertThat(client.delete("/mode").text()).isEqualTo("{\"mode\":\"IMPORT\"}");
        assertThat(client.put("/mode/s", "{\"mode\":\"READONLY_OVERRIDE\"}").error())
                .isEqualTo("422/42204");
        assertThat(client.put("/mode", "{\"mode\":\"SLEEPING\"}").error()).isEqualTo("422/42204");
    }

    @Test
    void importsSchemasWithTheirIds() {
        // Given
        String body = "{\"schema\":\"\\\"string\\\"\",\"id\":77,\"version\":5}";
        assertThat(client.post("/subjects/s/versions", body).error())
                .as("not in import mode")
                .isEqualTo("422/42205");
        client.put("/mode/s", "{\"mode\":\"IMPORT\"}").ok();

        // When
        client.post("/subjects/s/versions", body).ok();

        // Then
        assertThat(client.get("/subjects/s/versions").text()).isEqualTo("[5]");
        assertThat(client.get("/schemas/ids/77/schema").text()).isEqualTo("\"string\"");
        assertThat(client.post("/subjects/s/versions", "{\"schema\":\"\\\"int\\\"\",\"id\":77}")
                        .error())
                .isEqualTo("422/42207");
        assertThat(client.post("/subjects/s/versions", submission("AVRO", USER)).error())
                .as("without an id")
                .isEqualTo("422/42205");
        assertThat(client.post("/subjects/s/versions", "{\"schema\":\"{\",\"id\":78}")
                        .error())
                .isEqualTo("422/42201");
    }

    @Test
    void checksAgainWhenTheSubjectChangesMeanwhile() {
        // Given: somebody else is faster with a schema that ours is incompatible with
        client.avro("s", record("R", ""));
        client.metadata
                .schemas()
                .beforeNext(() -> client.metadata
                        .schemas()
                        .avro("s", record("R", "{\"name\":\"a\",\"type\":\"int\",\"default\":0}")));

        // When
        var refused = client.post(
                "/subjects/s/versions",
                submission("AVRO", record("R", "{\"name\":\"a\",\"type\":\"string\",\"default\":\"\"}")));

        // Then
        assertThat(refused.error()).isEqualTo("409/409");
        assertThat(client.get("/subjects/s/versions").text()).isEqualTo("[1,2]");
    }
}
