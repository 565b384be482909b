package io.weir.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

class OpenUploadsTest {
    private Instant now = Instant.parse("2026-11-21T00:00:00Z");
    private final OpenUploads uploads = new OpenUploads(2, () -> now);

    private static MultipartUpload upload(String id) {
        return new MultipartUpload(
                id,
                CreateMultipartUploadRequest.builder()
                        .bucket("weir")
                        .key("key-" + id)
                        .build());
    }

    @Test
    void refusesOneMoreThanItHasPlacesFor() {
        // Given
        uploads.admit(upload("1"));
        uploads.admit(upload("2"));

        // When, then
        assertThatThrownBy(() -> uploads.admit(upload("3")))
                .isInstanceOfSatisfying(
                        S3Exception.class, full -> assertThat(full.statusCode()).isEqualTo(503));
    }

    @Test
    void anEndedUploadMakesRoom() {
        // Given
        uploads.admit(upload("1"));
        uploads.admit(upload("2"));

        // When
        uploads.ended("1");

        // Then
        assertThat(uploads.admit(upload("3"))).isEmpty();
    }

    @Test
    void anAbandonedUploadGivesWayWhenItsPlaceIsNeeded() {
        // Given
        uploads.admit(upload("1"));
        now = now.plus(Duration.ofMinutes(30));
        uploads.admit(upload("2"));

        // When
        now = now.plus(Duration.ofMinutes(30));

        // Then
        assertThat(uploads.admit(upload("3"))).contains(upload("1"));
        assertThatThrownBy(() -> uploads.admit(upload("4"))).isInstanceOf(S3Exception.class);
    }
}
