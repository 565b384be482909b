package io.weir.lakehouse.maintenance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.util.StructLikeMap;

/**
 * Which data files of a snapshot are to be merged.
 *
 * <p>Files of a partition are merged with others of about their size: no byte is rewritten more often than there are
 * {@linkplain #TIERS sizes}. What a reader would have to apply deletes to, or could only read with more memory than a
 * merge may take, is left alone.
 *
 * <p>Threading: immutable.
 */
record CompactionPlan(List<Merge> merges) {
    /** Sizes: up to 1/256 of a small file, up to 1/16 of one, and up to a small file. */
    static final int TIERS = 3;

    private static final int TIER_FACTOR = 16;
    private static final int ROW_GROUPS_READ = 4;

    /** Files of one partition that become one. */
    record Merge(List<FileScanTask> inputs, StructLike partition) {
        Merge {
            inputs = List.copyOf(inputs);
        }

        long bytes() {
            return inputs.stream().mapToLong(FileScanTask::length).sum();
        }
    }

    /**
     * A look at a snapshot.
     *
     * @param settledUpTo in partitions without a file of a higher sequence number few files are merged, too
     * @param all whether files of all sizes are merged with each other
     */
    static CompactionPlan of(Table table, Snapshot snapshot, MaintenanceConfig config, long settledUpTo, boolean all) {
        StructLikeMap<List<FileScanTask>> partitions =
                StructLikeMap.create(table.spec().partitionType());
        int candidates = 0;
        try (CloseableIterable<FileScanTask> tasks =
                table.newScan().useSnapshot(snapshot.snapshotId()).planFiles()) {
            for (FileScanTask task : tasks) {
                if (candidates < config.candidateFiles() && isSmall(table, task, config)) {
                    partitions
                            .computeIfAbsent(task.file().partition(), partition -> new ArrayList<>())
                            .add(task);
                    candidates++;
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("Cannot list the files of " + table.name(), failure);
        }
        List<Merge> merges = new ArrayList<>();
        for (Map.Entry<StructLike, List<FileScanTask>> partition : partitions.entrySet()) {
            merges.addAll(of(partition.getKey(), partition.getValue(), config, settledUpTo, all));
        }
        return new CompactionPlan(firstOf(merges, config.passBytes()));
    }

    private static boolean isSmall(Table table, FileScanTask task, MaintenanceConfig config) {
        DataFile file = task.file();
        return file.format() == FileFormat.PARQUET
                && file.fileSizeInBytes() < config.smallFileBytes()
                && file.specId() == table.spec().specId()
                && task.deletes().isEmpty()
                && largestRowGroup(file) <= (long) ROW_GROUPS_READ * config.rowGroupBytes();
    }

    /** As far as the file's own offsets tell; without them it may be one. */
    private static long largestRowGroup(DataFile file) {
        List<Long> offsets = file.splitOffsets();
        if (offsets == null || offsets.isEmpty()) {
            return file.fileSizeInBytes();
        }
        long largest = file.fileSizeInBytes() - offsets.getLast();
        for (int i = 1; i < offsets.size(); i++) {
            largest = Math.max(largest, offsets.get(i) - offsets.get(i - 1));
        }
        return largest;
    }

    private static List<Merge> of(
            StructLike partition, List<FileScanTask> tasks, MaintenanceConfig config, long settledUpTo, boolean all) {
        List<FileScanTask> oldestFirst = new ArrayList<>(tasks);
        oldestFirst.sort(Comparator.comparingLong(CompactionPlan::sequence));
        if (all) {
            return grouped(partition, oldestFirst, config.targetFileBytes(), Integer.MAX_VALUE, 2);
        }
        boolean settled = sequence(oldestFirst.getLast()) <= settledUpTo;
        int most = settled ? Integer.MAX_VALUE : config.mergeFiles();
        int least = settled ? 2 : config.mergeFiles();
        List<Merge> merges = new ArrayList<>();
        for (int tier = 0; tier < TIERS; tier++) {
            int wanted = tier;
            List<FileScanTask> alike = oldestFirst.stream()
                    .filter(task -> tier(task.length(), config) == wanted)
                    .toList();
            merges.addAll(grouped(partition, alike, config.targetFileBytes(), most, least));
        }
        return merges;
    }

    private static long sequence(FileScanTask task) {
        Long sequence = task.file().dataSequenceNumber();
        return sequence == null ? 0 : sequence;
    }

    private static int tier(long bytes, MaintenanceConfig config) {
        long bound = config.smallFileBytes();
        int tier = TIERS - 1;
        while (tier > 0 && bytes < bound / TIER_FACTOR) {
            bound /= TIER_FACTOR;
            tier--;
        }
        return tier;
    }

    /** As many files as make up the target, or this many; groups that come to less need at least so many. */
    private static List<Merge> grouped(
            StructLike partition, List<FileScanTask> files, long targetBytes, int most, int least) {
        List<Merge> merges = new ArrayList<>();
        List<FileScanTask> inputs = new ArrayList<>();
        long bytes = 0;
        for (FileScanTask file : files) {
            boolean full = bytes + file.length() > targetBytes;
            if (full || inputs.size() == most) {
                add(merges, inputs, partition, full ? 2 : least);
                inputs = new ArrayList<>();
                bytes = 0;
            }
            inputs.add(file);
            bytes += file.length();
        }
        add(merges, inputs, partition, least);
        return merges;
    }

    private static void add(List<Merge> merges, List<FileScanTask> inputs, StructLike partition, int least) {
        if (inputs.size() >= least) {
            merges.add(new Merge(inputs, partition));
        }
    }

    private static List<Merge> firstOf(List<Merge> merges, long mostBytes) {
        List<Merge> first = new ArrayList<>();
        long bytes = 0;
        for (Merge merge : merges) {
            bytes += merge.bytes();
            if (bytes <= mostBytes) {
                first.add(merge);
            }
        }
        return List.copyOf(first);
    }
}
