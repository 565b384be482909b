package io.weir.wal;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The wall clock as it is written into entries: a leap forward is believed only when it has lasted.
 *
 * <p>A shard's time never goes back. One entry from a clock that was wrong for a moment would stop it until the day
 * that clock showed: no producer would expire and no retired object be deleted. Until a leap is believed, time passes
 * as the monotonic clock says. A clock that is wrong from the start of the process on cannot be told from a right one.
 *
 * <p>Threading: any thread.
 */
final class EntryClock implements InstantSource {
    /** More than this between two looks is a leap. */
    static final Duration LEAP = Duration.ofMinutes(1);

    /** A leap that has lasted so long was a correction. */
    static final Duration BELIEVED_AFTER = Duration.ofMinutes(10);

    private final InstantSource wall;
    private final LongSupplier nanos;
    private Instant anchor;
    private long anchorNanos;
    /** When the wall clock was first seen ahead, or null. */
    private @Nullable Long aheadSinceNanos;

    /** @param nanos monotonic */
    EntryClock(InstantSource wall, LongSupplier nanos) {
        this.wall = wall;
        this.nanos = nanos;
        this.anchor = wall.instant();
        this.anchorNanos = nanos.getAsLong();
    }

    @Override
    public synchronized Instant instant() {
        Instant now = wall.instant();
        long nowNanos = nanos.getAsLong();
        Instant expected = anchor.plusNanos(nowNanos - anchorNanos);
        if (now.isAfter(expected.plus(LEAP))) {
            if (aheadSinceNanos == null) {
                aheadSinceNanos = nowNanos;
            }
            if (nowNanos - aheadSinceNanos < BELIEVED_AFTER.toNanos()) {
                return expected;
            }
        }
        aheadSinceNanos = null;
        anchor = now;
        anchorNanos = nowNanos;
        return now;
    }
}
