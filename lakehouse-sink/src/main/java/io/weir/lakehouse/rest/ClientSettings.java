package io.weir.lakehouse.rest;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What clients are told about how the table files are reached.
 *
 * @param endpoint of a service other than AWS
 * @param keys with which clients sign; empty when they bring their own
 */
public record ClientSettings(Optional<URI> endpoint, String region, boolean pathStyle, Optional<AccessKeys> keys) {
    /** A pair of access keys. */
    public record AccessKeys(String id, String secret) {
        @Override
        public String toString() {
            return "AccessKeys[" + id + "]";
        }
    }

    /** By the names that Iceberg's clients know. */
    Map<String, String> properties() {
        Map<String, String> properties = new HashMap<>();
        properties.put("client.region", region);
        endpoint.ifPresent(uri -> {
            properties.put("s3.endpoint", uri.toString());
            properties.put("s3.path-style-access", Boolean.toString(pathStyle));
        });
        keys.ifPresent(pair -> {
            properties.put("s3.access-key-id", pair.id());
            properties.put("s3.secret-access-key", pair.secret());
        });
        return properties;
    }
}
