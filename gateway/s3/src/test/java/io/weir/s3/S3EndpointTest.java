package io.weir.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.NodeId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The endpoint as the AWS SDK sees it. */
class S3EndpointTest {
    private static final String BUCKET = "weir";
    private static final int PART = 5 << 20;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private static Path parent;

    @SuppressWarnings("NullAway.Init")
    private static S3Endpoint endpoint;

    @SuppressWarnings("NullAway.Init")
    private static S3Client client;

    @BeforeAll
    static void start() throws Exception {
        endpoint = S3Endpoint.start(config(parent.resolve("tables"), 0));
        client = client("local-access", "local-secret");
    }

    @AfterAll
    static void stop() {
        client.close();
        endpoint.close();
    }

    private static S3EndpointConfig config(Path directory, int port) {
        return new S3EndpointConfig(
                new NodeId(1),
                directory,
                BUCKET,
                InetAddress.getLoopbackAddress(),
                port,
                "local-access",
                "local-secret");
    }

    private static S3Client client(String accessKey, String secretKey) {
        return S3Client.builder()
                .endpointOverride(endpoint.uri())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
                .build();
    }

    private static byte[] bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void put(String key, byte[] content) {
        client.putObject(request -> request.bucket(BUCKET).key(key), RequestBody.fromBytes(content));
    }

    private static byte[] get(String key) {
        return client.getObjectAsBytes(request -> request.bucket(BUCKET).key(key))
                .asByteArray();
    }

    private static Path file(String key) {
        return parent.resolve("tables").resolve(key);
    }

    private static List<String> keys(String prefix) {
        return client
                .listObjectsV2Paginator(
                        request -> request.bucket(BUCKET).prefix(prefix).maxKeys(2))
                .contents()
                .stream()
                .map(S3Object::key)
                .toList();
    }

    private static int status(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        S3Exception failure = org.assertj.core.api.Assertions.catchThrowableOfType(S3Exception.class, call);
        return failure.statusCode();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000, (1 << 20) + 1})
    void whatIsPutIsAFileAndCanBeRead(int size) throws Exception {
        // Given
        String key = "put/city=New+York%2F1/" + size + ".parquet";
        byte[] content = bytes(size, size);

        // When
        put(key, content);

        // Then
        assertThat(get(key)).isEqualTo(content);
        assertThat(Files.readAllBytes(file(key))).isEqualTo(content);
        assertThat(client.headObject(request -> request.bucket(BUCKET).key(key)).contentLength())
                .isEqualTo(size);
    }

    @Test
    void aFileThatSomebodyElseWroteIsAnObject() throws Exception {
        // Given
        byte[] content = bytes(1000, 1);
        Files.createDirectories(file("foreign/a/b"));
        Files.write(file("foreign/a/b/c.avro"), content);

        // When
        var head = client.headObject(request -> request.bucket(BUCKET).key("foreign/a/b/c.avro"));
        var listed = client.listObjectsV2(request -> request.bucket(BUCKET).prefix("foreign/"));

        // Then
        assertThat(get("foreign/a/b/c.avro")).isEqualTo(content);
        assertThat(listed.contents()).singleElement().satisfies(object -> {
            assertThat(object.key()).isEqualTo("foreign/a/b/c.avro");
            assertThat(object.size()).isEqualTo(1000);
            assertThat(object.eTag()).isEqualTo(head.eTag()).isNotBlank();
        });
    }

    @Test
    void rangesAreRead() {
        // Given
        byte[] content = bytes(10_000, 2);
        put("range/object", content);

        // When
        byte[] middle = client.getObjectAsBytes(
                        request -> request.bucket(BUCKET).key("range/object").range("bytes=100-199"))
                .asByteArray();
        byte[] end = client.getObjectAsBytes(
                        request -> request.bucket(BUCKET).key("range/object").range("bytes=-8"))
                .asByteArray();

        // Then
        assertThat(middle).isEqualTo(java.util.Arrays.copyOfRange(content, 100, 200));
        assertThat(end).isEqualTo(java.util.Arrays.copyOfRange(content, 9_992, 10_000));
        assertThat(status(() -> client.getObjectAsBytes(
                        request -> request.bucket(BUCKET).key("range/object").range("bytes=10000-10001"))))
                .isEqualTo(416);
    }

    @Test
    void listsByPrefixInPagesAndByFolder() {
        // Given
        List.of("list/a/1", "list/a/2", "list/a/3", "list/ab/4", "list/b").forEach(key -> put(key, new byte[1]));

        // When
        var folders = client.listObjectsV2(
                request -> request.bucket(BUCKET).prefix("list/").delimiter("/"));

        // Then
        assertThat(keys("list/a")).containsExactly("list/a/1", "list/a/2", "list/a/3", "list/ab/4");
        assertThat(keys("list/nothing")).isEmpty();
        assertThat(folders.commonPrefixes())
                .extracting(folder -> folder.prefix())
                .containsExactly("list/a/", "list/ab/");
        assertThat(folders.contents()).extracting(S3Object::key).containsExactly("list/b");
        assertThat(keys("")).noneMatch(key -> key.startsWith("~"));
    }

    @Test
    void aPutReplacesAndAConditionalOneDoesNot() {
        // Given
        put("replace/object", bytes(10, 3));

        // When
        put("replace/object", bytes(20, 4));

        // Then
        assertThat(get("replace/object")).isEqualTo(bytes(20, 4));
        assertThat(status(() -> client.putObject(
                        request -> request.bucket(BUCKET).key("replace/object").ifNoneMatch("*"),
                        RequestBody.fromBytes(bytes(30, 5)))))
                .isEqualTo(412);
        assertThat(get("replace/object")).isEqualTo(bytes(20, 4));
    }

    @Test
    void ofManyConditionalPutsOneSucceeds() throws Exception {
        // Given
        List<Callable<Boolean>> writers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            byte[] content = bytes(50_000, i);
            writers.add(() -> {
                try {
                    client.putObject(
                            request -> request.bucket(BUCKET).key("race/object").ifNoneMatch("*"),
                            RequestBody.fromBytes(content));
                    return true;
                } catch (S3Exception taken) {
                    assertThat(taken.statusCode()).isEqualTo(412);
                    return false;
                }
            });
        }

        // When
        int succeeded = 0;
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            for (Future<Boolean> each : pool.invokeAll(writers)) {
                succeeded += each.get() ? 1 : 0;
            }
        }

        // Then
        assertThat(succeeded).isEqualTo(1);
        assertThat(get("race/object")).hasSize(50_000);
    }

    @Test
    void partsBecomeOneObjectWhenTheyAreComplete() throws Exception {
        // Given
        String key = "parts/data.parquet";
        byte[] content = bytes(2 * PART + 17, 6);
        String upload = client.createMultipartUpload(
                        request -> request.bucket(BUCKET).key(key))
                .uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            int part = number;
            int from = (number - 1) * PART;
            int length = Math.min(PART, content.length - from);
            String eTag = client.uploadPart(
                            request -> request.bucket(BUCKET)
                                    .key(key)
                                    .uploadId(upload)
                                    .partNumber(part),
                            RequestBody.fromInputStream(new ByteArrayInputStream(content, from, length), length))
                    .eTag();
            parts.add(CompletedPart.builder().partNumber(number).eTag(eTag).build());
        }
        assertThat(keys("parts/")).isEmpty();
        assertThat(file(key)).doesNotExist();

        // When
        client.completeMultipartUpload(
                request -> request.bucket(BUCKET).key(key).uploadId(upload).multipartUpload(all -> all.parts(parts)));

        // Then
        assertThat(get(key)).isEqualTo(content);
        assertThat(keys("parts/")).containsExactly(key);
        assertThat(stagedFiles()).isEmpty();
    }

    @Test
    void anAbortedUploadLeavesNothing() throws Exception {
        // Given
        String upload = client.createMultipartUpload(
                        request -> request.bucket(BUCKET).key("aborted/object"))
                .uploadId();
        client.uploadPart(
                request -> request.bucket(BUCKET)
                        .key("aborted/object")
                        .uploadId(upload)
                        .partNumber(1),
                RequestBody.fromBytes(bytes(1000, 7)));

        // When
        client.abortMultipartUpload(
                request -> request.bucket(BUCKET).key("aborted/object").uploadId(upload));

        // Then
        assertThat(keys("aborted/")).isEmpty();
        assertThat(stagedFiles()).isEmpty();
    }

    @Test
    void manyAreDeletedAtOnce() {
        // Given
        List.of("delete/1", "delete/2", "delete/3").forEach(key -> put(key, new byte[1]));

        // When
        var deleted = client.deleteObjects(request -> request.bucket(BUCKET)
                .delete(keys -> keys.objects(Stream.of("delete/1", "delete/3", "delete/none")
                        .map(key -> ObjectIdentifier.builder().key(key).build())
                        .toList())));

        // Then
        assertThat(deleted.errors()).isEmpty();
        assertThat(keys("delete/")).containsExactly("delete/2");
        assertThatThrownBy(() -> get("delete/1")).isInstanceOf(NoSuchKeyException.class);
    }

    @Test
    void wrongCredentialsAreRefused() {
        // Given
        put("secret/object", new byte[1]);

        // When, then
        try (S3Client wrongSecret = client("local-access", "wrong");
                S3Client stranger = client("stranger", "local-secret")) {
            for (S3Client refused : List.of(wrongSecret, stranger)) {
                assertThat(status(() -> refused.getObjectAsBytes(
                                request -> request.bucket(BUCKET).key("secret/object"))))
                        .isEqualTo(403);
                assertThat(status(() -> refused.putObject(
                                request -> request.bucket(BUCKET).key("secret/new"),
                                RequestBody.fromBytes(new byte[10]))))
                        .isEqualTo(403);
            }
        }
        assertThat(file("secret/new")).doesNotExist();
    }

    @Test
    void requestsWithoutASignatureAreRefused() throws Exception {
        // Given
        put("unsigned/object", bytes(100, 8));

        // When
        String answer = raw("GET /weir/unsigned/object HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        // Then
        assertThat(answer).startsWith("HTTP/1.1 403");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../outside", "a/../../outside", "a//b", "~s3/puts/x", "~incoming/x", "a b", "folder/"})
    void keysThatAreNoNamesAreRefused(String key) throws Exception {
        assertThat(status(() -> put(key, new byte[3]))).isIn(400, 403);
        assertThat(parent.resolve("outside")).doesNotExist();
        assertThat(parent.resolve("tables/~incoming")).doesNotExist();
    }

    @Test
    void markersOfFoldersAreTakenAndNotKept() {
        // When
        put("marked/folder/", new byte[0]);

        // Then
        assertThat(keys("marked/")).isEmpty();
    }

    @Test
    void aKeyMayHave512Characters() {
        // Given
        String longest = ("a".repeat(127) + "/").repeat(4).substring(0, 511) + "b";
        put(longest, new byte[1]);

        // When, then
        assertThat(get(longest)).hasSize(1);
        assertThat(status(() -> put(longest + "c", new byte[1]))).isEqualTo(400);
    }

    @Test
    void whatLiesBesideTheBucketCannotBeReached() throws Exception {
        // Given
        Files.createDirectories(parent.resolve("raft"));
        Files.write(parent.resolve("raft/log"), bytes(10, 9));

        // When, then
        assertThat(status(() -> client.getObjectAsBytes(
                        request -> request.bucket("raft").key("log"))))
                .isEqualTo(404);
        assertThat(status(() -> client.getObjectAsBytes(
                        request -> request.bucket("tables").key("put/0.parquet"))))
                .isEqualTo(404);
        assertThat(status(() -> get("../raft/log"))).isIn(400, 403, 404);
        assertThat(client.listBuckets().buckets())
                .extracting(bucket -> bucket.name())
                .containsExactly(BUCKET);
        assertThat(raw("GET /weir/..%2Fraft%2Flog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 40");
    }

    @Test
    void theBucketCannotBeDeletedNorAnotherMade() {
        assertThat(status(() -> client.deleteBucket(request -> request.bucket(BUCKET))))
                .isBetween(400, 501);
        assertThat(status(() -> client.createBucket(request -> request.bucket("another"))))
                .isEqualTo(501);
        assertThat(parent.resolve("tables")).isDirectory();
    }

    @Test
    void headersThatAreTooLargeAreRefused() throws Exception {
        String answer = raw("GET /weir/object HTTP/1.1\r\nHost: localhost\r\nX-Large: " + "x".repeat(9 << 10)
                + "\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 431");
    }

    @Test
    void aSignedBodyIsBounded() throws Exception {
        // Given
        String announced = "PUT /weir/object HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + (S3EndpointConfig.MAX_SIGNED_BODY_BYTES + 1)
                + "\r\nx-amz-date: "
                + java.time.format.DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
                        .withZone(java.time.ZoneOffset.UTC)
                        .format(java.time.Instant.now())
                + "\r\nx-amz-content-sha256: " + "0".repeat(64)
                + "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=local-access/"
                + java.time.LocalDate.now(java.time.ZoneOffset.UTC).toString().replace("-", "")
                + "/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + "0".repeat(64)
                + "\r\nConnection: close\r\n\r\n";

        // When, then
        assertThat(raw(announced)).startsWith("HTTP/1.1 400").contains("MaxMessageLengthExceeded");
    }

    @Test
    void anInterruptedPutLeavesNoObject() throws Exception {
        // Given
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
            OutputStream out = socket.getOutputStream();
            out.write("PUT /weir/torn/object HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n0123456789"
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }

        // When, then
        assertThat(keys("torn/")).isEmpty();
        assertThat(file("torn/object")).doesNotExist();
    }

    @Test
    void whatWasBeingPutWhenTheProcessEndedIsForgotten(@TempDir Path other) throws Exception {
        // Given
        Path leftover = other.resolve("tables/~s3/node-1/puts/leftover");
        Files.createDirectories(leftover.getParent());
        Files.write(leftover, bytes(10, 10));

        // When
        S3Endpoint.start(config(other.resolve("tables"), 0)).close();

        // Then
        assertThat(leftover).doesNotExist();
    }

    @Test
    void aPortThatIsTakenIsSaid(@TempDir Path other) {
        assertThatThrownBy(() -> S3Endpoint.start(config(other.resolve("tables"), endpoint.port())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(Integer.toString(endpoint.port()));
    }

    private static List<Path> stagedFiles() throws IOException {
        try (Stream<Path> all = Files.walk(parent.resolve("tables").resolve(TableBucket.STAGING))) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static String raw(String request) throws IOException {
        URI at = endpoint.uri();
        try (Socket socket = new Socket(at.getHost(), at.getPort());
                InputStream answer = socket.getInputStream()) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
