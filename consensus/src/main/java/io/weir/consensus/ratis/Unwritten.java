package io.weir.consensus.ratis;

import io.weir.consensus.ConsensusConfig;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.util.TimeDuration;

/**
 * What leaders have sent to a log and its disk has not taken yet: within bounds, which are kept in front of the
 * library. Its own queue is without any: who waits for room there holds the log's lock meanwhile, and the log's writer,
 * where it closes a log that has failed, waits for that lock instead of making room (ADR 7).
 *
 * <p>Threading: any thread.
 */
final class Unwritten {
    private final int mostEntries;
    private final long mostBytes;
    private int entries;
    private long bytes;
    private long messagesWritten;
    private boolean isEnded;

    /** A message is let in where there is room for any of it: what is there may be more by one. */
    Unwritten(int mostEntries, long mostBytes) {
        this.mostEntries = mostEntries;
        this.mostBytes = mostBytes;
    }

    /** Twice what a leader has in flight, so that one whose disk keeps up never waits here. */
    static Unwritten of(ConsensusConfig config) {
        return new Unwritten(2 * config.inFlightEntries() + 16, 2L * config.inFlightBytes() + config.maxEntryBytes());
    }

    /**
     * A message is about to be taken. Waits for room for as long as the disk takes something now and then.
     *
     * @param patience how long it may take nothing
     * @throws IOException if it takes nothing for so long, or nothing more
     */
    synchronized void add(int moreEntries, long moreBytes, TimeDuration patience)
            throws IOException, InterruptedException {
        long seen = messagesWritten;
        long since = System.nanoTime();
        while (!isEnded && !hasRoom()) {
            long left = patience.toLong(TimeUnit.NANOSECONDS) - (System.nanoTime() - since);
            if (left <= 0) {
                throw new IOException("Nothing of the " + entries + " entries, " + bytes
                        + " bytes, that wait for the disk was written in " + patience + ": no more are taken before");
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
            if (messagesWritten > seen) {
                seen = messagesWritten;
                since = System.nanoTime();
            }
        }
        if (isEnded) {
            throw new IOException("The log takes nothing more before it is opened again");
        }
        entries += moreEntries;
        bytes += moreBytes;
    }

    private boolean hasRoom() {
        return entries < mostEntries && bytes < mostBytes;
    }

    /** What {@link #add} let in is written, or will not be. */
    synchronized void remove(int lessEntries, long lessBytes) {
        entries -= lessEntries;
        bytes -= lessBytes;
        messagesWritten++;
        notifyAll();
    }

    /** Nothing more is let in. */
    synchronized void end() {
        isEnded = true;
        notifyAll();
    }
}
