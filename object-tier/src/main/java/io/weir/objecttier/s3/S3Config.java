package io.weir.objecttier.s3;

import java.net.URI;
import java.util.Optional;

/**
 * Where the bucket is. Credentials come from the SDK's usual places.
 *
 * @param prefix in front of every key, without a slash at its end; may be empty
 * @param endpoint of a service other than AWS
 * @param pathStyle whether the bucket is part of the path rather than of the host's name
 */
public record S3Config(String bucket, String prefix, Optional<URI> endpoint, String region, boolean pathStyle) {
    public S3Config {
        if (bucket.isEmpty() || region.isEmpty()) {
            throw new IllegalArgumentException(
                    "S3 needs a bucket and a region, not '" + bucket + "' and '" + region + "'");
        }
        if (prefix.startsWith("/") || prefix.endsWith("/")) {
            throw new IllegalArgumentException("Illegal S3 prefix '" + prefix + "': no slash at either end");
        }
    }
}
