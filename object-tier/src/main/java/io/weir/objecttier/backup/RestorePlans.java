package io.weir.objecttier.backup;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.object.ObjectStore.ListedObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The restores that were begun from an object store, numbered in it: nodes that are told nothing of each other agree
 * here on what they begin with, and each takes its place once.
 *
 * <p>Threading: any thread; waits for the store.
 */
public final class RestorePlans {
    static final int MOST_BYTES = 64 << 10;

    private static final int LIST_AT_ONCE = 1000;

    private final ObjectStore store;

    public RestorePlans(ObjectStore store) {
        this.store = store;
    }

    /** The number of the last one; empty when there was none. */
    public Optional<Restoration> newest() {
        Optional<Restoration> newest = Optional.empty();
        @Nullable ObjectKey after = null;
        List<ListedObject> page;
        do {
            page = store.list(RestorePlan.prefix(), after, LIST_AT_ONCE).join();
            for (ListedObject listed : page) {
                Optional<Restoration> plan = RestorePlan.parse(listed.key());
                newest = plan.isPresent() ? plan : newest;
                after = listed.key();
            }
        } while (page.size() == LIST_AT_ONCE);
        return newest;
    }

    /** @throws ServiceException with {@code CORRUPT} when it is damaged */
    public RestorePlan read(Restoration restoration) {
        ObjectKey key = RestorePlan.key(restoration);
        return read(key)
                .flatMap(bytes -> RestorePlan.decode(restoration, bytes))
                .orElseThrow(() -> new ServiceException(
                        FailureCode.CORRUPT, "Object '" + key + "' cannot be read: begin another restore"));
    }

    private Optional<byte[]> read(ObjectKey key) {
        return store.size(key)
                .join()
                .filter(size -> size > 0 && size <= MOST_BYTES)
                .map(size -> {
                    ByteBuffer read = store.read(key, 0, Math.toIntExact(size)).join();
                    byte[] bytes = new byte[read.remaining()];
                    read.get(bytes);
                    return bytes;
                });
    }

    /** Begins a restore; false when another of this number was begun before. */
    public boolean begin(RestorePlan plan) {
        byte[] bytes = plan.encode();
        if (bytes.length > MOST_BYTES) {
            throw new IllegalArgumentException("A plan of " + bytes.length + " bytes is over " + MOST_BYTES);
        }
        return isMine(RestorePlan.key(plan.restoration()), bytes);
    }

    /**
     * Takes a node's place in a restore, which nobody else can take any more: the same node with another directory
     * would not know whom it has voted for.
     *
     * @param attempt what only this attempt is called
     * @return false when it is taken
     */
    public boolean takePlace(Restoration restoration, NodeId node, String attempt) {
        return isMine(RestorePlan.placeOf(restoration, node.value()), attempt.getBytes(StandardCharsets.UTF_8));
    }

    /** A request that was repeated finds its own object. */
    private boolean isMine(ObjectKey key, byte[] bytes) {
        return store.create(key, List.of(ByteBuffer.wrap(bytes))).join()
                || read(key).filter(present -> Arrays.equals(present, bytes)).isPresent();
    }
}
