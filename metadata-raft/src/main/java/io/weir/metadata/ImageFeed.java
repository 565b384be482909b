package io.weir.metadata;

import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.metadata.image.ClusterImage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings images to subscribers. While a listener is busy, changes add up to one: what waits names no topic that is
 * neither in the image last brought nor in the newest, and so is bounded by the topics there are.
 *
 * <p>Threading: listeners are called by one thread of the feed's; all else by any.
 */
final class ImageFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageFeed.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();
    private ClusterImage brought = ClusterImage.EMPTY;
    private ClusterImage newest = ClusterImage.EMPTY;
    private Set<TopicId> changed = new HashSet<>();
    private Set<TopicId> deleted = new HashSet<>();
    private boolean moved;
    private boolean newcomers;
    private boolean closed;
    private final Thread dispatcher;

    private static final class Subscriber implements MetadataSource.Subscription {
        private final MetadataSource.Listener listener;
        private final List<Subscriber> among;
        private boolean started;

        Subscriber(MetadataSource.Listener listener, List<Subscriber> among) {
            this.listener = listener;
            this.among = among;
        }

        @Override
        public void close() {
            among.remove(this);
        }
    }

    private record Delta(ClusterImage image, boolean moved, Set<TopicId> changed, Set<TopicId> deleted) {}

    ImageFeed() {
        dispatcher = Thread.ofVirtual().name("weir-metadata-images").start(this::dispatchAlways);
    }

    MetadataSource.Subscription subscribe(MetadataSource.Listener listener) {
        Subscriber subscriber = new Subscriber(listener, subscribers);
        subscribers.add(subscriber);
        lock.lock();
        try {
            newcomers = true;
            news.signal();
        } finally {
            lock.unlock();
        }
        return subscriber;
    }

    void changed(ClusterImage image, Set<TopicId> nowChanged, Set<TopicId> nowDeleted) {
        lock.lock();
        try {
            newest = image;
            moved = true;
            for (TopicId topic : nowDeleted) {
                changed.remove(topic);
                if (brought.topic(topic).isPresent()) {
                    deleted.add(topic);
                }
            }
            changed.addAll(nowChanged);
            deleted.removeAll(nowChanged);
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The image was replaced by one that need not be related to it. */
    void replaced(ClusterImage image) {
        lock.lock();
        try {
            newest = image;
            moved = true;
            changed = new HashSet<>(image.topicTable().ids());
            deleted = new HashSet<>();
            for (TopicId topic : brought.topicTable().ids()) {
                if (image.topic(topic).isEmpty()) {
                    deleted.add(topic);
                }
            }
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    private void dispatchAlways() {
        while (true) {
            Delta delta;
            lock.lock();
            try {
                while (!closed && !newcomers && !moved) {
                    news.awaitUninterruptibly();
                }
                if (closed) {
                    return;
                }
                delta = new Delta(newest, moved, changed, deleted);
                brought = newest;
                changed = new HashSet<>();
                deleted = new HashSet<>();
                newcomers = false;
                moved = false;
            } finally {
                lock.unlock();
            }
            for (Subscriber subscriber : subscribers) {
                bring(subscriber, delta);
            }
        }
    }

    private void bring(Subscriber subscriber, Delta delta) {
        if (!subscribers.contains(subscriber) || (subscriber.started && !delta.moved())) {
            return;
        }
        try {
            if (subscriber.started) {
                subscriber.listener.onImage(delta.image(), delta.changed(), delta.deleted());
            } else {
                subscriber.started = true;
                subscriber.listener.onImage(
                        delta.image(), delta.image().topicTable().ids(), Set.of());
            }
        } catch (RuntimeException | Error bug) {
            // An error, such as that of a thread that cannot be made, too: there is one thread for all listeners.
            LOG.atError().setCause(bug).log("A listener failed on a metadata image; it stays subscribed");
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            news.signal();
        } finally {
            lock.unlock();
        }
        if (Thread.currentThread().equals(dispatcher)) {
            return;
        }
        try {
            dispatcher.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
