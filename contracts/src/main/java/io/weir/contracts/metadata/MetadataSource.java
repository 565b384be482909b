package io.weir.contracts.metadata;

import io.weir.contracts.identity.TopicId;
import java.time.Duration;
import java.util.Set;

/** Where a process gets its metadata image from. Threading: any thread; never blocks. */
public interface MetadataSource {
    MetadataImage image();

    /** How long ago the image was known to be current. */
    Duration age();

    /**
     * Calls back after each change of the image, in order, on a thread of the source's that must not be blocked; the
     * first time at once with the present image, every topic counted as changed.
     */
    Subscription subscribe(Listener listener);

    /** Receives new images. */
    @FunctionalInterface
    interface Listener {
        /**
         * @param changed topics that were created or changed since the image before
         * @param deleted topics that are gone
         */
        void onImage(MetadataImage image, Set<TopicId> changed, Set<TopicId> deleted);
    }

    /** Ends the calls when closed. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
