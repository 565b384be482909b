package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.metadata.MetadataImage;
import io.weir.metadata.image.ClusterImage;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ImageFeedTest {
    @Test
    void aListenerThatLacksAThreadKeepsNobodyFromTheImagesAndHasTheNextItself() throws InterruptedException {
        // Given
        BlockingQueue<MetadataImage> failing = new LinkedBlockingQueue<>();
        BlockingQueue<MetadataImage> other = new LinkedBlockingQueue<>();
        try (ImageFeed feed = new ImageFeed()) {
            feed.subscribe((image, changed, deleted) -> {
                failing.add(image);
                throw new OutOfMemoryError("unable to create native thread: asked for by the test");
            });
            assertThat(failing.poll(30, TimeUnit.SECONDS)).isNotNull();

            // When
            feed.subscribe((image, changed, deleted) -> other.add(image));

            // Then
            assertThat(other.poll(10, TimeUnit.SECONDS)).isNotNull();
            feed.changed(ClusterImage.EMPTY, Set.of(), Set.of());
            assertThat(failing.poll(10, TimeUnit.SECONDS)).isNotNull();
            assertThat(other.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
    }
}
