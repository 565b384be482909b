package io.weir.testsupport.registry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A server's schema registry over its REST API.
 *
 * <p>Threading: any thread.
 */
public final class Registry implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*([0-9]+)");

    private final URI uri;
    private final HttpClient http = HttpClient.newHttpClient();

    /** @param admin the server's administrative listener */
    public Registry(URI admin) {
        this.uri = admin.resolve("/registry");
    }

    /** What clients are given as the registry's address. */
    public URI uri() {
        return uri;
    }

    /**
     * Registers an Avro schema.
     *
     * @return its id
     * @throws AssertionError if the registry refuses it
     */
    public int register(String subject, String avro) throws IOException, InterruptedException {
        String body = "{\"schema\":\"" + avro.replace("\n", " ").replace("\"", "\\\"") + "\"}";
        String answer = ask("POST", "/subjects/" + subject + "/versions", body);
        Matcher id = ID.matcher(answer);
        if (!id.find()) {
            throw new AssertionError("Not registered under " + subject + ": " + answer);
        }
        return Integer.parseInt(id.group(1));
    }

    /** The answer's text, whatever its status. */
    public String ask(String method, String path, @Nullable String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri + path))
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    @Override
    public void close() {
        http.close();
    }
}
