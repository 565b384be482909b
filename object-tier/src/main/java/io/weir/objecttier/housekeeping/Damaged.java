package io.weir.objecttier.housekeeping;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What cannot be done because an object is damaged or missing though the store answers. It is passed over, so that all
 * else is looked after, and tried again after {@link #AGAIN_MS}.
 *
 * <p>Threading: one thread, but for {@link #count}.
 */
final class Damaged {
    static final long AGAIN_MS = 60 * 60_000L;

    private static final Logger LOG = LoggerFactory.getLogger(Damaged.class);

    private final Map<ObjectKey, Long> againMs = new HashMap<>();
    private long nowMs;
    private volatile int count;

    /** A pass begins; what the view does not hold any more is forgotten. */
    void begin(long timeMs, Supplier<Set<ObjectKey>> view) {
        nowMs = timeMs;
        if (!againMs.isEmpty()) {
            againMs.keySet().retainAll(view.get());
            count = againMs.size();
        }
    }

    /** Whether the object is passed over. */
    boolean contains(ObjectKey key) {
        Long due = againMs.get(key);
        return due != null && nowMs < due;
    }

    /** How many objects are damaged. */
    int count() {
        return count;
    }

    /** Does what needs this object; empty when that is damaged. */
    <T> Optional<T> unless(ObjectKey key, Supplier<T> work) {
        return unlessAny(Set.of(key), work);
    }

    /** Does what needs all these objects; empty when one of them is damaged, and nobody can say which. */
    <T> Optional<T> unlessAny(Collection<ObjectKey> keys, Supplier<T> work) {
        if (keys.stream().anyMatch(this::contains)) {
            return Optional.empty();
        }
        T done;
        try {
            done = work.get();
        } catch (RuntimeException failure) {
            ServiceException cause = ServiceException.of(failure);
            if (cause.code() != FailureCode.CORRUPT && cause.code() != FailureCode.OBJECT_MISSING) {
                throw failure;
            }
            keys.forEach(key -> againMs.put(key, nowMs + AGAIN_MS));
            count = againMs.size();
            LOG.atError()
                    .addKeyValue("failureCode", cause.code().label())
                    .addKeyValue("objects", keys)
                    .addKeyValue("cause", cause.getMessage())
                    .log("An object is damaged; what depends on it is not aged or merged");
            return Optional.empty();
        }
        if (!againMs.isEmpty() && againMs.keySet().removeAll(keys)) {
            count = againMs.size();
        }
        return Optional.of(done);
    }
}
