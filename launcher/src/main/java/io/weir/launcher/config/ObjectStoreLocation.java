package io.weir.launcher.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where segments are kept. */
public sealed interface ObjectStoreLocation {
    /** A directory of this machine. */
    record LocalFiles(Path directory) implements ObjectStoreLocation {}

    /**
     * A bucket.
     *
     * @param prefix of every key, without slashes at its ends; empty for none
     * @param endpoint of a service other than AWS
     */
    record Bucket(String bucket, String prefix, Optional<URI> endpoint, String region, boolean pathStyle)
            implements ObjectStoreLocation {
        private static final Pattern LEGAL_BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

        public Bucket {
            if (!LEGAL_BUCKET.matcher(bucket).matches()) {
                throw new IllegalArgumentException("'" + bucket + "' is not a bucket's name");
            }
            if (prefix.startsWith("/") || prefix.endsWith("/")) {
                throw new IllegalArgumentException("The prefix '" + prefix + "' begins or ends with a slash");
            }
        }
    }

    /**
     * Reads {@code file:DIR} or {@code s3://BUCKET/PREFIX}.
     *
     * @param s3 what the other settings say about S3
     */
    static ObjectStoreLocation parse(String text, S3Access s3) {
        if (text.startsWith("file:") && text.length() > "file:".length()) {
            String path = text.substring("file:".length());
            return new LocalFiles(Path.of(path.startsWith("///") ? path.substring(2) : path)
                    .toAbsolutePath()
                    .normalize());
        }
        if (text.startsWith("s3://")) {
            String rest = text.substring("s3://".length());
            int slash = rest.indexOf('/');
            String bucket = slash < 0 ? rest : rest.substring(0, slash);
            String prefix = slash < 0 ? "" : rest.substring(slash + 1);
            return new Bucket(
                    bucket,
                    prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix,
                    s3.endpoint(),
                    s3.region()
                            .orElseThrow(() -> new IllegalArgumentException(
                                    "A bucket needs s3-region, or the variable AWS_REGION")),
                    s3.pathStyle());
        }
        throw new IllegalArgumentException("'" + text + "' is neither file:DIR nor s3://BUCKET/PREFIX");
    }

    /** How the S3 service is reached. */
    record S3Access(Optional<URI> endpoint, Optional<String> region, boolean pathStyle) {
        public S3Access {
            endpoint.ifPresent(uri -> {
                if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                    throw new IllegalArgumentException("'" + uri + "' is not an http or https URL");
                }
            });
        }
    }
}
