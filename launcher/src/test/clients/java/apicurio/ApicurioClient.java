import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.apicurio.registry.resolver.client.RegistryArtifactReference;
import io.apicurio.registry.resolver.client.RegistryClientFacade;
import io.apicurio.registry.resolver.client.RegistryVersionCoordinates;
import io.apicurio.registry.resolver.strategy.ArtifactReference;
import io.apicurio.registry.serde.avro.AvroKafkaDeserializer;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import io.apicurio.registry.serde.strategy.TopicIdStrategy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Apicurio's serializers behind the commands that {@code ../../README.md} describes. Their own client speaks only the
 * REST API of Apicurio's registry; here it is replaced, at the seam that they have for it, by one of the API that
 * Confluent's registry, Apicurio's {@code ccompat} and Weir's have in common.
 */
public final class ApicurioClient {
    private static final Schema USER = new Schema.Parser().parse("""
            {"type":"record","name":"User","namespace":"people",
             "fields":[{"name":"name","type":"string"},{"name":"age","type":"int"}]}""");

    private static final ObjectMapper JSON = new ObjectMapper();

    private ApicurioClient() {}

    public static void main(String[] args) throws Exception {
        if (!args[4].equals("avro")) {
            throw new IllegalArgumentException("Only avro, not " + args[4]);
        }
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", args[1],
                "group.id", UUID.randomUUID().toString(),
                "auto.offset.reset", "earliest",
                "apicurio.registry.url", args[2],
                "apicurio.registry.auto-register", true,
                "apicurio.registry.artifact-resolver-strategy", TopicIdStrategy.class.getName());
        RegistryClientFacade registry = new CommonRegistry(args[2]);
        switch (args[0]) {
            case "produce" -> produce(settings, registry, args[3]);
            case "consume" -> consume(settings, registry, args[3], Integer.parseInt(args[5]));
            default -> throw new IllegalArgumentException(args[0]);
        }
        // The serializers' HTTP libraries keep threads.
        System.exit(0);
    }

    private static void produce(Map<String, Object> settings, RegistryClientFacade registry, String topic)
            throws Exception {
        AvroKafkaSerializer<GenericRecord> values = new AvroKafkaSerializer<>(registry);
        values.configure(settings, false);
        try (KafkaProducer<String, GenericRecord> producer =
                        new KafkaProducer<>(settings, new StringSerializer(), values);
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            List<Future<?>> sent = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode user = JSON.readTree(line);
                GenericRecord value = new GenericData.Record(USER);
                value.put("name", user.get("name").asText());
                value.put("age", user.get("age").asInt());
                sent.add(producer.send(new ProducerRecord<>(topic, value)));
            }
            for (Future<?> each : sent) {
                each.get();
            }
        }
    }

    private static void consume(
            Map<String, Object> settings, RegistryClientFacade registry, String topic, int count) {
        AvroKafkaDeserializer<GenericRecord> values = new AvroKafkaDeserializer<>(registry);
        values.configure(settings, false);
        try (KafkaConsumer<String, GenericRecord> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), values)) {
            consumer.subscribe(List.of(topic));
            for (int left = count; left > 0; ) {
                for (ConsumerRecord<String, GenericRecord> each : consumer.poll(Duration.ofSeconds(1))) {
                    if (left-- > 0) {
                        GenericRecord user = each.value();
                        System.out.println("{\"age\":" + user.get("age") + ",\"name\":\"" + user.get("name") + "\"}");
                    }
                }
            }
        }
    }

    /** What the serializers ask of a registry, over {@code /subjects} and {@code /schemas/ids}. */
    private static final class CommonRegistry implements RegistryClientFacade {
        private final String url;
        private final HttpClient http = HttpClient.newHttpClient();

        CommonRegistry(String url) {
            this.url = url;
        }

        private JsonNode ask(String path, HttpRequest.Builder request) {
            try {
                HttpResponse<String> answer = http.send(
                        request.uri(URI.create(url + path))
                                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200) {
                    throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
                }
                return JSON.readTree(answer.body());
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        }

        @Override
        public RegistryVersionCoordinates createSchema(
                String artifactType,
                String groupId,
                String artifactId,
                String version,
                String autoCreateBehavior,
                boolean canonical,
                String schemaString,
                Set<RegistryArtifactReference> references) {
            String body = JSON.createObjectNode().put("schema", schemaString).toString();
            long id = ask(
                            "/subjects/" + artifactId + "/versions",
                            HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body)))
                    .get("id")
                    .asLong();
            return RegistryVersionCoordinates.create(id, id, groupId, artifactId, version);
        }

        @Override
        public String getSchemaByContentId(Long contentId) {
            return ask("/schemas/ids/" + contentId, HttpRequest.newBuilder().GET())
                    .get("schema")
                    .asText();
        }

        @Override
        public List<RegistryArtifactReference> getReferencesByContentId(long contentId) {
            return List.of();
        }

        @Override
        public String getSchemaByGlobalId(long globalId, boolean dereferenced) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String getSchemaByGAV(String groupId, String artifactId, String version) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String getSchemaByContentHash(String contentHash) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<RegistryArtifactReference> getReferencesByGlobalId(long globalId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<RegistryArtifactReference> getReferencesByGAV(String groupId, String artifactId, String version) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<RegistryArtifactReference> getReferencesByContentHash(String contentHash) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<RegistryVersionCoordinates> searchVersionsByContent(
                String schemaString, String artifactType, ArtifactReference reference, boolean canonical) {
            throw new UnsupportedOperationException();
        }

        @Override
        public RegistryVersionCoordinates getVersionCoordinatesByGAV(
                String groupId, String artifactId, String version) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object getClient() {
            return http;
        }
    }
}
