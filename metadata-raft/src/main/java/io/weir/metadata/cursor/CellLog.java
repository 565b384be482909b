package io.weir.metadata.cursor;

import io.weir.contracts.cell.CellRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The records of one cell: an array of bytes that is only ever appended to, and a hash table of where each live key was
 * last written. When more than half is dead, the live records are copied into a new array, in order; arrays that were
 * given out in a {@link View} never change below its end.
 *
 * <p>A record is key length, value length (-1 for a deletion), hash of the key (four bytes each), key, value. A million
 * live keys of 100 bytes, key and value, cost about 250 MB at worst and 150 MB just compacted.
 *
 * <p>Threading: one thread; views may be read by any.
 */
final class CellLog {
    /** What a record costs beside its key and value. */
    static final int RECORD_BYTES = 12;

    private static final int LEAST_BYTES = 256;
    private static final int LEAST_SLOTS = 16;
    private static final int DELETED = -1;
    private static final byte[] NOTHING = {};
    private static final int[] NO_SLOTS = {};

    private byte[] bytes = NOTHING;
    private int end;
    private int liveBytes;
    /** Start of a live record plus one; zero is free. Linear probing, at most two thirds full. */
    private int[] slots = NO_SLOTS;

    private int keys;

    /** Bytes of live records. */
    int liveBytes() {
        return liveBytes;
    }

    int keys() {
        return keys;
    }

    /** Memory held. */
    long heldBytes() {
        return bytes.length + 4L * slots.length;
    }

    /** By how much the records could let {@link #liveBytes} grow, if every key were new. */
    static long most(List<CellRecord> records) {
        long most = 0;
        for (CellRecord cellRecord : records) {
            most += sizeOf(cellRecord);
        }
        return most;
    }

    /** By how much the records would change {@link #liveBytes}. */
    long growth(List<CellRecord> records) {
        Map<ByteBuffer, Integer> sizes = new HashMap<>();
        for (CellRecord cellRecord : records) {
            sizes.put(cellRecord.key(), sizeOf(cellRecord));
        }
        long growth = 0;
        for (Map.Entry<ByteBuffer, Integer> size : sizes.entrySet()) {
            int slot = find(size.getKey(), hash(size.getKey()));
            growth += size.getValue() - (slot < 0 ? 0 : sizeAt(slots[slot] - 1));
        }
        return growth;
    }

    /** What the record takes of the live bytes: nothing when it is a deletion. */
    private static int sizeOf(CellRecord cellRecord) {
        ByteBuffer value = cellRecord.value();
        return value == null ? 0 : RECORD_BYTES + cellRecord.key().remaining() + value.remaining();
    }

    void write(CellRecord cellRecord) {
        ByteBuffer key = cellRecord.key();
        ByteBuffer value = cellRecord.value();
        int hash = hash(key);
        int size = RECORD_BYTES + key.remaining() + (value == null ? 0 : value.remaining());
        reserve(size);
        int start = end;
        ByteBuffer target = ByteBuffer.wrap(bytes, start, size);
        target.putInt(key.remaining())
                .putInt(value == null ? DELETED : value.remaining())
                .putInt(hash)
                .put(key.duplicate());
        if (value != null) {
            target.put(value.duplicate());
        }
        end += size;
        if (value == null) {
            remove(key, hash);
        } else {
            put(key, hash, start, size);
        }
    }

    View view() {
        return new View(bytes, end);
    }

    private void put(ByteBuffer key, int hash, int start, int size) {
        liveBytes += size;
        int slot = find(key, hash);
        if (slot >= 0) {
            liveBytes -= sizeAt(slots[slot] - 1);
            slots[slot] = start + 1;
            return;
        }
        if ((keys + 1) * 3L > slots.length * 2L) {
            rehash(Math.max(LEAST_SLOTS, slots.length * 2));
        }
        insert(hash, start);
        keys++;
    }

    private void insert(int hash, int start) {
        int mask = slots.length - 1;
        int slot = hash & mask;
        while (slots[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = start + 1;
    }

    private void remove(ByteBuffer key, int hash) {
        int slot = find(key, hash);
        if (slot < 0) {
            return;
        }
        liveBytes -= sizeAt(slots[slot] - 1);
        keys--;
        closeGap(slot);
    }

    /** Moves what was pushed past the freed slot back, so that no search ends too early. */
    private void closeGap(int freed) {
        int mask = slots.length - 1;
        int gap = freed;
        int next = (gap + 1) & mask;
        while (slots[next] != 0) {
            int home = hashAt(slots[next] - 1) & mask;
            if (((next - home) & mask) >= ((next - gap) & mask)) {
                slots[gap] = slots[next];
                gap = next;
            }
            next = (next + 1) & mask;
        }
        slots[gap] = 0;
    }

    private void rehash(int size) {
        int[] old = slots;
        slots = new int[size];
        for (int used : old) {
            if (used != 0) {
                insert(hashAt(used - 1), used - 1);
            }
        }
    }

    /** The key's slot; negative when it is not there. */
    private int find(ByteBuffer key, int hash) {
        if (keys == 0) {
            return -1;
        }
        int mask = slots.length - 1;
        int slot = hash & mask;
        while (slots[slot] != 0) {
            if (isAt(slots[slot] - 1, key, hash)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        return -1;
    }

    private boolean isAt(int start, ByteBuffer key, int hash) {
        if (hashAt(start) != hash || intAt(bytes, start) != key.remaining()) {
            return false;
        }
        ByteBuffer stored = ByteBuffer.wrap(bytes, start + RECORD_BYTES, key.remaining());
        return stored.mismatch(key) < 0;
    }

    private int hashAt(int start) {
        return intAt(bytes, start + 8);
    }

    private int sizeAt(int start) {
        return sizeAt(bytes, start);
    }

    private static int sizeAt(byte[] bytes, int start) {
        return RECORD_BYTES + intAt(bytes, start) + Math.max(0, intAt(bytes, start + 4));
    }

    private static int intAt(byte[] bytes, int start) {
        return (bytes[start] & 0xFF) << 24
                | (bytes[start + 1] & 0xFF) << 16
                | (bytes[start + 2] & 0xFF) << 8
                | (bytes[start + 3] & 0xFF);
    }

    /** Makes room behind the end: compacts when that frees half, else grows. */
    private void reserve(int size) {
        long needed = (long) end + size;
        if (needed <= bytes.length) {
            return;
        }
        if (end - liveBytes > Math.max(liveBytes, LEAST_BYTES)) {
            compact(size);
        } else {
            bytes = Arrays.copyOf(bytes, capacityFor(needed));
        }
    }

    private static int capacityFor(long needed) {
        return (int) Math.min(Math.max(LEAST_BYTES, needed + needed / 2), Integer.MAX_VALUE - 16);
    }

    private void compact(int room) {
        byte[] compacted = new byte[capacityFor((long) liveBytes + room)];
        int[] fresh = new int[slotsFor(keys)];
        int mask = fresh.length - 1;
        int target = 0;
        for (int start = 0; start < end; ) {
            int size = sizeAt(start);
            if (isLive(start)) {
                System.arraycopy(bytes, start, compacted, target, size);
                int slot = hashAt(start) & mask;
                while (fresh[slot] != 0) {
                    slot = (slot + 1) & mask;
                }
                fresh[slot] = target + 1;
                target += size;
            }
            start += size;
        }
        bytes = compacted;
        slots = fresh;
        end = target;
    }

    private static int slotsFor(int keys) {
        int slots = LEAST_SLOTS;
        while (keys * 3L > slots * 2L) {
            slots *= 2;
        }
        return slots;
    }

    private boolean isLive(int start) {
        int mask = slots.length - 1;
        if (keys == 0) {
            return false;
        }
        for (int slot = hashAt(start) & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
            if (slots[slot] == start + 1) {
                return true;
            }
        }
        return false;
    }

    private static int hash(ByteBuffer key) {
        int hash = 0;
        for (int i = key.position(); i < key.limit(); i++) {
            hash = 31 * hash + key.get(i);
        }
        hash *= 0x9E3779B9;
        return hash ^ (hash >>> 15);
    }

    /** What was written up to some moment. Threading: immutable. */
    static final class View {
        private final byte[] bytes;
        private final int end;

        private View(byte[] bytes, int end) {
            this.bytes = bytes;
            this.end = end;
        }

        /** One record per live key, in the order in which they were last written; they share the array. */
        List<CellRecord> live() {
            Map<ByteBuffer, CellRecord> live = new LinkedHashMap<>();
            for (int start = 0; start < end; start += sizeAt(bytes, start)) {
                int keyLength = intAt(bytes, start);
                int valueLength = intAt(bytes, start + 4);
                ByteBuffer key = slice(start + RECORD_BYTES, keyLength);
                live.remove(key);
                if (valueLength != DELETED) {
                    live.put(key, new CellRecord(key, slice(start + RECORD_BYTES + keyLength, valueLength)));
                }
            }
            return new ArrayList<>(live.values());
        }

        private ByteBuffer slice(int start, int length) {
            return ByteBuffer.wrap(bytes, start, length).slice().asReadOnlyBuffer();
        }
    }
}
