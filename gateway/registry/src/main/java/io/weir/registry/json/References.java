package io.weir.registry.json;

import io.weir.registry.language.SchemaLanguage.Dependency;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.everit.json.schema.loader.SchemaClient;

/** Finds what a schema refers to among its registered references, and nowhere else. */
final class References implements SchemaClient {
    /** What relative references are relative to, in schemas that do not say so themselves. */
    static final URI BASE = URI.create("registry:/");

    private final List<Dependency> dependencies;

    References(List<Dependency> dependencies) {
        this.dependencies = dependencies;
    }

    @Override
    public InputStream get(String url) {
        String wanted = url.endsWith("#") ? url.substring(0, url.length() - 1) : url;
        return dependencies.stream()
                .filter(dependency -> wanted.equals(dependency.name()) || wanted.endsWith("/" + dependency.name()))
                .findFirst()
                .map(dependency -> new ByteArrayInputStream(dependency.text().getBytes(StandardCharsets.UTF_8)))
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + url + "' is not among the references that are registered with the schema"));
    }
}
