package io.weir.kafka.group.coordinator;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands Weir's images on to the coordinator. Each costs the coordinator an event for every cell, so images that follow
 * each other closely are handed on as one; the first after a pause goes at once.
 *
 * <p>Threading: images arrive on the source's thread and are handed on by the given clock's.
 */
final class MetadataFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataFeed.class);
    private static final Duration PAUSE = Duration.ofMillis(25);

    /** Where images go. */
    interface Sink {
        void topicsChanged(TenantTopics.Delta delta, TenantTopics now);

        void topicsDeleted(Map<TopicId, String> deleted);

        void groupConfigured(String group, Properties settings);
    }

    private final TenantId tenant;
    private final Sink sink;
    private final ScheduledExecutorService clock;
    private final Map<String, Map<String, String>> settings = new HashMap<>();

    private @Nullable MetadataImage latest;
    private @Nullable MetadataImage handedOn;
    private Set<TopicId> changed = new HashSet<>();
    private Map<TopicId, String> deleted = new HashMap<>();
    private boolean scheduled;
    private long lastNanos;
    private MetadataSource.@Nullable Subscription subscription;

    MetadataFeed(TenantId tenant, Sink sink, ScheduledExecutorService clock) {
        this.tenant = tenant;
        this.sink = sink;
        this.clock = clock;
        this.lastNanos = System.nanoTime() - PAUSE.toNanos();
    }

    /** Hands the present image on, on the calling thread, and follows the source from then on. */
    void follow(MetadataSource source) {
        synchronized (this) {
            latest = source.image();
        }
        handOn();
        MetadataSource.Subscription mine = source.subscribe(this::onImage);
        synchronized (this) {
            subscription = mine;
        }
    }

    private synchronized void onImage(MetadataImage image, Set<TopicId> nowChanged, Set<TopicId> nowDeleted) {
        MetadataImage known = latest;
        if (known != null && image.version() < known.version()) {
            return;
        }
        changed.addAll(nowChanged);
        // A topic may come and go between two images that are handed on, so its name is taken from the last one seen.
        for (TopicId id : nowDeleted) {
            topic(known, id).ifPresent(topic -> deleted.put(id, topic.name()));
        }
        latest = image;
        if (!scheduled) {
            long delay = Math.max(0, lastNanos + PAUSE.toNanos() - System.nanoTime());
            try {
                var _ = clock.schedule(this::handOn, delay, TimeUnit.NANOSECONDS);
                scheduled = true;
            } catch (RejectedExecutionException closing) {
                LOG.atDebug().log("An image is left: the gateway closes");
            }
        }
    }

    private void handOn() {
        MetadataImage before;
        MetadataImage now;
        Set<TopicId> nowChanged;
        Map<TopicId, String> nowDeleted;
        synchronized (this) {
            scheduled = false;
            lastNanos = System.nanoTime();
            now = Objects.requireNonNull(latest);
            before = handedOn == null ? now : handedOn;
            handedOn = now;
            nowChanged = changed;
            nowDeleted = deleted;
            changed = new HashSet<>();
            deleted = new HashMap<>();
        }
        try {
            configure(now);
            handOnTopics(before, now, nowChanged, nowDeleted);
        } catch (RuntimeException failed) {
            LOG.atError().setCause(failed).log("The coordinator refuses an image");
        }
    }

    private void handOnTopics(
            MetadataImage before, MetadataImage now, Set<TopicId> nowChanged, Map<TopicId, String> gone) {
        List<Uuid> created = new ArrayList<>();
        List<Uuid> alive = new ArrayList<>();
        for (TopicId id : nowChanged) {
            Optional<Topic> topic = topic(now, id);
            if (topic.isPresent()) {
                alive.add(TenantTopics.uuid(id));
                if (before.topic(id).isEmpty()) {
                    created.add(TenantTopics.uuid(id));
                }
            }
        }
        Set<Uuid> goneIds = new HashSet<>();
        gone.keySet().forEach(id -> goneIds.add(TenantTopics.uuid(id)));
        TenantTopics seen = new TenantTopics(now, tenant);
        sink.topicsChanged(new TenantTopics.Delta(new TenantTopics(before, tenant), created, alive, goneIds), seen);
        if (!gone.isEmpty()) {
            sink.topicsDeleted(gone);
        }
    }

    private Optional<Topic> topic(@Nullable MetadataImage image, TopicId id) {
        return image == null
                ? Optional.empty()
                : image.topic(id).filter(found -> found.tenant().equals(tenant));
    }

    private void configure(MetadataImage image) {
        Map<String, Map<String, String>> now = new HashMap<>();
        for (ConfigResource resource : image.configured(tenant)) {
            switch (resource) {
                case ConfigResource.Group(var _, String name) -> now.put(name, image.config(resource));
            }
        }
        if (now.equals(settings)) {
            return;
        }
        Set<String> names = new HashSet<>(settings.keySet());
        names.addAll(now.keySet());
        for (String name : names) {
            Map<String, String> wanted = now.getOrDefault(name, Map.of());
            if (!wanted.equals(settings.getOrDefault(name, Map.of()))) {
                Properties properties = new Properties();
                properties.putAll(wanted);
                sink.groupConfigured(name, properties);
            }
        }
        settings.clear();
        settings.putAll(now);
    }

    @Override
    public void close() {
        MetadataSource.Subscription mine;
        synchronized (this) {
            mine = subscription;
            subscription = null;
        }
        if (mine != null) {
            mine.close();
        }
    }
}
