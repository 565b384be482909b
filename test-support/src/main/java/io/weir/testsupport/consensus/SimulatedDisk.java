package io.weir.testsupport.consensus;

import io.weir.contracts.consensus.LogPosition;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** What one group has on disk: its log, of which a suffix may not be fsynced yet, and its published snapshot. */
final class SimulatedDisk {
    /** What Ratis adds to an entry, about: bookkeeping that {@link #logBytes} must not forget. */
    private static final int FRAME_BYTES = 32;

    private final NavigableMap<Long, Entry> log = new TreeMap<>();
    private @Nullable Snapshot snapshot;
    private long next;
    private long term;
    private long synced = -1;

    /** One frame of the log; the group's own entries have no bytes. */
    record Entry(LogPosition position, List<ByteBuffer> bytes, boolean own) {
        long size() {
            long size = FRAME_BYTES;
            for (ByteBuffer piece : bytes) {
                size += piece.remaining();
            }
            return size;
        }
    }

    /** A snapshot's file and its checksum, kept apart as on a disk. */
    static final class Snapshot {
        private final LogPosition position;
        private final byte[] bytes;
        private final long crc;

        private Snapshot(LogPosition position, byte[] bytes, long crc) {
            this.position = position;
            this.bytes = bytes;
            this.crc = crc;
        }

        static Snapshot of(LogPosition position, byte[] bytes) {
            return new Snapshot(position, bytes, crcOf(bytes));
        }

        LogPosition position() {
            return position;
        }

        InputStream open() {
            return new ByteArrayInputStream(bytes);
        }

        LogPosition writeTo(OutputStream target) {
            try {
                target.write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return position;
        }

        boolean intact() {
            return crcOf(bytes) == crc;
        }

        Snapshot damaged() {
            byte[] copy = bytes.clone();
            copy[copy.length / 2] ^= 1;
            return new Snapshot(position, copy, crc);
        }

        private static long crcOf(byte[] bytes) {
            CRC32C crc = new CRC32C();
            crc.update(bytes);
            return crc.getValue();
        }
    }

    synchronized long newTerm() {
        return ++term;
    }

    synchronized Entry append(List<ByteBuffer> bytes, boolean own) {
        Entry entry = new Entry(new LogPosition(term, next++), bytes, own);
        log.put(entry.position().index(), entry);
        return entry;
    }

    synchronized void syncTo(long index) {
        synced = Math.max(synced, index);
    }

    /** Drops what was not fsynced, but for the first {@code kept} entries of it. */
    synchronized void loseUnsynced(int kept) {
        List<Long> unsynced = List.copyOf(log.tailMap(synced, false).keySet());
        for (int i = Math.min(kept, unsynced.size()); i < unsynced.size(); i++) {
            log.remove(unsynced.get(i));
        }
        long first = snapshot == null ? 0 : snapshot.position().index() + 1;
        next = log.isEmpty() ? Math.max(first, synced + 1) : log.lastKey() + 1;
        synced = next - 1;
    }

    synchronized Collection<Entry> entriesAfter(long index) {
        return List.copyOf(log.tailMap(index, false).values());
    }

    synchronized @Nullable Entry entry(long index) {
        return log.get(index);
    }

    synchronized @Nullable Snapshot snapshot() {
        return snapshot;
    }

    synchronized void publish(Snapshot published) {
        if (snapshot == null || published.position().compareTo(snapshot.position()) > 0) {
            snapshot = published;
            log.headMap(published.position().index(), true).clear();
        }
    }

    synchronized void damageSnapshot() {
        if (snapshot == null) {
            throw new IllegalStateException("There is no snapshot to damage");
        }
        snapshot = snapshot.damaged();
    }

    synchronized long logBytes() {
        long size = 0;
        for (Entry entry : log.values()) {
            size += entry.size();
        }
        return size;
    }
}
