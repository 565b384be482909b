package io.weir.s3;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;

/** The objects that are being put in parts, oldest first: a bounded number. Threading: any thread. */
final class OpenUploads {
    /** A client that has not finished by then is taken to be gone, once its place is needed. */
    static final Duration ABANDONED_AFTER = Duration.ofHours(1);

    private record Open(MultipartUpload upload, Instant since) {}

    private final int limit;
    private final InstantSource clock;
    private final Map<String, Open> byId = new LinkedHashMap<>();

    OpenUploads(int limit, InstantSource clock) {
        this.limit = limit;
        this.clock = clock;
    }

    /**
     * Takes a place for a new upload.
     *
     * @return the abandoned upload whose place it was, to be aborted
     * @throws software.amazon.awssdk.services.s3.model.S3Exception 503 when all places are taken
     */
    synchronized Optional<MultipartUpload> admit(MultipartUpload upload) {
        Optional<MultipartUpload> abandoned = Optional.empty();
        if (byId.size() >= limit) {
            Iterator<Open> oldestFirst = byId.values().iterator();
            Open oldest = oldestFirst.next();
            if (oldest.since().plus(ABANDONED_AFTER).isAfter(clock.instant())) {
                throw S3Exceptions.fromStatusCode(503);
            }
            oldestFirst.remove();
            abandoned = Optional.of(oldest.upload());
        }
        byId.put(upload.id(), new Open(upload, clock.instant()));
        return abandoned;
    }

    synchronized void ended(String id) {
        byId.remove(id);
    }
}
