package io.weir.launcher.e2e;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a server has acknowledged, and the check that it kept its word: every acknowledged record is there once, at its
 * offset, with its content, and each producer's records in the order they were sent.
 *
 * <p>Threading: any.
 */
final class Ledger {
    private static final long IDS_PER_PRODUCER = 1L << 40;
    private static final int LEAST_LENGTH = 40;
    private static final int MOST_LENGTH = 2000;

    private final Map<Integer, ConcurrentSkipListMap<Long, Long>> idByOffset = new ConcurrentHashMap<>();
    private final Map<Integer, Long> committed = new ConcurrentHashMap<>();
    private final AtomicLong acknowledged = new AtomicLong();

    static long id(int producer, long number) {
        return producer * IDS_PER_PRODUCER + number;
    }

    /** The content that belongs to an id. */
    static byte[] value(long id) {
        SplittableRandom random = new SplittableRandom(id);
        byte[] bytes = new byte[random.nextInt(LEAST_LENGTH, MOST_LENGTH)];
        random.nextBytes(bytes);
        ByteBuffer.wrap(bytes).putLong(id);
        return bytes;
    }

    void acknowledged(int partition, long offset, long id) {
        Long before = idByOffset
                .computeIfAbsent(partition, none -> new ConcurrentSkipListMap<>())
                .put(offset, id);
        if (before != null) {
            throw new AssertionError(
                    "Offset " + offset + " of partition " + partition + " was given to " + before + " and " + id);
        }
        acknowledged.incrementAndGet();
    }

    void committed(int partition, long offset) {
        committed.merge(partition, offset, Math::max);
    }

    long records() {
        return acknowledged.get();
    }

    /** The acknowledgements so far. */
    Map<Integer, Map<Long, Long>> acknowledged() {
        Map<Integer, Map<Long, Long>> copy = new TreeMap<>();
        idByOffset.forEach((partition, ids) -> copy.put(partition, new TreeMap<>(ids)));
        return copy;
    }

    /** Fails unless every offset is at or beyond what a commit was acknowledged for before. */
    static void checkCommitted(Map<Integer, Long> acknowledgedBefore, Map<Integer, Long> found) {
        acknowledgedBefore.forEach((partition, offset) -> {
            if (found.getOrDefault(partition, -1L) < offset) {
                throw new AssertionError("Partition " + partition + ": committed " + offset
                        + " was acknowledged, found " + found.get(partition));
            }
        });
    }

    /** The acknowledged commits so far. */
    Map<Integer, Long> committed() {
        return Map.copyOf(committed);
    }

    /** Checks one partition's records as they are read, from its beginning. */
    static final class Reading {
        private final int partition;
        private final Map<Long, Long> expected;
        private final Set<Long> seen = new HashSet<>();
        private final Map<Long, Long> lastByProducer = new TreeMap<>();
        private long confirmed;

        Reading(int partition, Map<Long, Long> expected) {
            this.partition = partition;
            this.expected = expected;
        }

        void read(long offset, byte[] value) {
            long id = ByteBuffer.wrap(value).getLong();
            require(java.util.Arrays.equals(value, value(id)), offset, "content is not that of record " + id);
            require(seen.add(id), offset, "record " + id + " is there twice");
            Long wanted = expected.get(offset);
            if (wanted == null) {
                return;
            }
            require(wanted == id, offset, "acknowledged record " + wanted + ", found " + id);
            Long previous = lastByProducer.put(id / IDS_PER_PRODUCER, id);
            require(previous == null || previous < id, offset, "record " + id + " behind " + previous);
            confirmed++;
        }

        /** Fails unless every acknowledged record was read. */
        long finish() {
            if (confirmed != expected.size()) {
                throw new AssertionError("Partition " + partition + ": " + (expected.size() - confirmed) + " of "
                        + expected.size() + " acknowledged records are lost");
            }
            return confirmed;
        }

        private void require(boolean condition, long offset, String message) {
            if (!condition) {
                throw new AssertionError("Partition " + partition + ", offset " + offset + ": " + message);
            }
        }
    }
}
