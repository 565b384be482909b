package io.weir.objecttier.housekeeping;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.segment.ShardSegments.Replacement;
import io.weir.contracts.segment.ShardSegments.Term;
import io.weir.objecttier.naming.ObjectName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Changes a shard's view in three steps: announce the keys, create the objects, replace. What fails in between is
 * aborted, so that its outputs are retired.
 *
 * <p>Threading: one thread per shard; waits for the shard and the store.
 */
final class Replacer {
    private final ShardSegments shard;
    private final Term term;
    private final ObjectStore store;
    private final LongSupplier nonces;

    /** @param term outside of which nothing is changed */
    Replacer(ShardSegments shard, Term term, ObjectStore store, LongSupplier nonces) {
        this.shard = shard;
        this.term = term;
        this.store = store;
        this.nonces = nonces;
    }

    /** Creates the announced objects, and says what to put in place of what. */
    interface Work {
        Replacement create(List<ObjectKey> outputs);
    }

    /** How many outputs a change makes, and from what. */
    record Outputs(int segments, int manifests, LogRange range) {
        static final Outputs NONE = new Outputs(0, 0, new LogRange(0, 0));
    }

    /**
     * Makes a change.
     *
     * @return false when the view has changed meanwhile: nothing was replaced
     */
    boolean replace(Outputs outputs, Work work) {
        List<ObjectKey> keys = new ArrayList<>();
        for (int i = 0; i < outputs.segments() + outputs.manifests(); i++) {
            ObjectName.Kind kind = i < outputs.segments() ? ObjectName.Kind.COMPACTED : ObjectName.Kind.MANIFEST;
            keys.add(new ObjectName(kind, shard.shard(), term.number(), outputs.range(), nonces.getAsLong()).key());
        }
        long id = nonces.getAsLong() >>> 1;
        term.announce(new CompactionIntent(id, keys)).join();
        boolean done = false;
        try {
            done = term.replace(id, work.create(keys)).join();
        } finally {
            if (!done) {
                abort(id);
            }
        }
        return done;
    }

    /** Creates an object under an announced key. */
    void create(ObjectKey key, List<ByteBuffer> content) {
        if (!store.create(key, content).join()) {
            throw new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, "Announced key " + key + " is taken");
        }
    }

    /**
     * Aborts what an earlier pass, another leader or a crash left open. Only one change is made at a time, so whatever
     * is open between passes belongs to nobody.
     *
     * @return how many there were
     */
    int abortStale() {
        List<CompactionIntent> open = shard.intents();
        for (CompactionIntent intent : open) {
            term.abort(intent.id()).join();
        }
        return open.size();
    }

    private void abort(long id) {
        // When this fails too the intent stays open, and the next pass aborts it.
        var _ = term.abort(id).exceptionally(failure -> null).join();
    }
}
