package io.weir.consensus.ratis;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * For how long a replica has committed nothing of what another one has, although it hears from its leader: so it is
 * where its disk hangs, as it commits only what is fsynced. A replica under load is behind at nearly each look, but
 * commits something between them.
 *
 * <p>Threading: any thread.
 */
final class Standstill {
    private @Nullable Behind behind;

    /** At a look, and at each one since. */
    private record Behind(long committed, long sinceNanos) {}

    /**
     * At a look.
     *
     * @param others the furthest index that another one has committed
     * @param committed its own, read after that
     * @param nowNanos of a clock that never goes back
     */
    synchronized Duration at(long others, long committed, long nowNanos) {
        Behind before = behind;
        if (committed >= others) {
            behind = null;
            return Duration.ZERO;
        }
        if (before == null || before.committed() != committed) {
            behind = new Behind(committed, nowNanos);
            return Duration.ZERO;
        }
        return Duration.ofNanos(nowNanos - before.sinceNanos());
    }
}
