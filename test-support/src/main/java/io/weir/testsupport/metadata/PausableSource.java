package io.weir.testsupport.metadata;

import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What one process sees of the metadata: nothing new while it is paused, or cut off.
 *
 * <p>Threading: any thread; listeners are called by whoever changes the metadata, or ends the pause.
 */
public final class PausableSource implements MetadataSource {
    private final MetadataSource source;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Set<TopicId> changed = new HashSet<>();
    private final Set<TopicId> deleted = new HashSet<>();
    private @Nullable MetadataImage frozen;

    /** Sees everything, for now. */
    public PausableSource(MetadataSource source) {
        this.source = source;
        source.subscribe(this::onImage);
    }

    private void onImage(MetadataImage image, Set<TopicId> nowChanged, Set<TopicId> nowDeleted) {
        synchronized (this) {
            if (frozen != null) {
                changed.addAll(nowChanged);
                deleted.addAll(nowDeleted);
                return;
            }
        }
        listeners.forEach(listener -> listener.onImage(image, nowChanged, nowDeleted));
    }

    /** Shows the present image only, and calls nobody. */
    public synchronized void pause() {
        frozen = source.image();
    }

    /** Shows what there is now. */
    public void resume() {
        Set<TopicId> missed;
        Set<TopicId> gone;
        synchronized (this) {
            frozen = null;
            missed = Set.copyOf(changed);
            gone = Set.copyOf(deleted);
            changed.clear();
            deleted.clear();
        }
        MetadataImage image = source.image();
        listeners.forEach(listener -> listener.onImage(image, missed, gone));
    }

    @Override
    public MetadataImage image() {
        synchronized (this) {
            if (frozen != null) {
                return frozen;
            }
        }
        return source.image();
    }

    @Override
    public Duration age() {
        return source.age();
    }

    @Override
    public Subscription subscribe(Listener listener) {
        listeners.add(listener);
        MetadataImage image = image();
        Set<TopicId> all = new HashSet<>();
        image.topics().forEach(topic -> all.add(topic.id()));
        listener.onImage(image, all, Set.of());
        return () -> listeners.remove(listener);
    }
}
