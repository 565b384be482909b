package io.weir.consensus.ratis;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the states of a group's peers. The leader writes an entry that asks; each peer, as it comes to that entry,
 * freezes its state and hashes what a snapshot of it would contain; the leader writes its own hash into the log, and
 * the others compare theirs with it. Whoever differs raises an alarm, and goes on.
 *
 * <p>Threading: any thread. The state is frozen on the apply thread, hashed on one of its own, one at a time: a peer
 * that is still busy with the question before does not answer the next.
 */
final class StateCheck {
    private static final Logger LOG = LoggerFactory.getLogger(StateCheck.class);
    private static final byte QUESTION = 1;
    private static final byte HASH = 2;

    private final String group;
    private final Executor background;
    private final Function<List<ByteBuffer>, CompletableFuture<Boolean>> write;
    private boolean hashing;
    private @Nullable HashAt mine;
    private @Nullable HashAt leaders;
    private @Nullable String divergence;

    private record HashAt(long index, long hash) {}

    /**
     * Of one group.
     *
     * @param write puts an entry of the group's own into the log, if this peer leads; whether it was applied
     */
    StateCheck(String group, Executor background, Function<List<ByteBuffer>, CompletableFuture<Boolean>> write) {
        this.group = group;
        this.background = background;
        this.write = write;
    }

    /** Asks all peers, where this one leads. */
    void begin() {
        var _ = write.apply(List.of(ByteBuffer.allocate(1).put(QUESTION).flip()));
    }

    synchronized Optional<String> divergence() {
        return Optional.ofNullable(divergence);
    }

    /** On the apply thread: an entry of the check's. */
    void applied(LogPosition position, List<ByteBuffer> entry, ReplicatedState state) {
        ByteBuffer bytes = ByteBuffer.allocate(
                entry.stream().mapToInt(ByteBuffer::remaining).sum());
        entry.forEach(piece -> bytes.put(piece.duplicate()));
        bytes.flip();
        switch (bytes.get()) {
            case QUESTION -> asked(position, state);
            case HASH -> compare(null, new HashAt(bytes.getLong(), bytes.getLong()));
            default -> LOG.atDebug().addKeyValue("group", group).log("A check of a later version");
        }
    }

    private void asked(LogPosition position, ReplicatedState state) {
        synchronized (this) {
            if (hashing) {
                return;
            }
            hashing = true;
        }
        ReplicatedState.Frozen frozen = state.freeze();
        try {
            background.execute(() -> answer(position, frozen));
        } catch (RuntimeException | Error e) {
            // The entry is applied all the same: what compares states must not end one.
            LOG.atWarn().addKeyValue("group", group).setCause(e).log("Could not begin to hash the state");
            frozen.close();
            hashed();
        }
    }

    private void answer(LogPosition position, ReplicatedState.Frozen frozen) {
        try (frozen) {
            HashAt hashed = new HashAt(position.index(), hashOf(frozen));
            compare(hashed, null);
            var _ = write.apply(List.of(ByteBuffer.allocate(1 + 2 * Long.BYTES)
                    .put(HASH)
                    .putLong(hashed.index())
                    .putLong(hashed.hash())
                    .flip()));
        } catch (IOException | RuntimeException e) {
            LOG.atWarn().addKeyValue("group", group).setCause(e).log("Could not hash the state");
        } finally {
            hashed();
        }
    }

    private synchronized void hashed() {
        hashing = false;
    }

    private static long hashOf(ReplicatedState.Frozen frozen) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
        try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            frozen.writeTo(out);
        }
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    /** Whichever of the two comes later makes the comparison. */
    private synchronized void compare(@Nullable HashAt ours, @Nullable HashAt theirs) {
        mine = ours == null ? mine : ours;
        leaders = theirs == null ? leaders : theirs;
        if (mine == null || leaders == null || mine.index() != leaders.index() || mine.hash() == leaders.hash()) {
            return;
        }
        boolean isNews = divergence == null;
        divergence = "State of group " + group + " at entry " + mine.index() + " has hash "
                + Long.toHexString(mine.hash()) + " here and " + Long.toHexString(leaders.hash()) + " at the leader";
        if (isNews) {
            LOG.atError()
                    .addKeyValue("group", group)
                    .addKeyValue("index", mine.index())
                    .log(divergence);
        }
    }
}
