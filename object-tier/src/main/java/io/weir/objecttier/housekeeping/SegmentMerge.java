package io.weir.objecttier.housekeeping;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments;
import io.weir.objecttier.read.SegmentObjects;
import io.weir.objecttier.segment.SegmentBuilder;
import io.weir.objecttier.segment.SegmentIndex;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Rewrites segments so that each stream's live blocks lie one behind the other.
 *
 * <p>The plan is made from the indexes alone, so that the number of outputs is known before any is created; the bytes
 * are then copied in one pass over each input, through a window. Memory: one output, and a window per input.
 */
final class SegmentMerge {
    private static final int WINDOW_BYTES = 2 << 20;

    private final List<SegmentRef> inputs;
    private final List<SegmentIndex> indexes;
    /** By output its blocks in their order: pairs of input and block, packed. */
    private final List<long[]> outputs;

    private SegmentMerge(List<SegmentRef> inputs, List<SegmentIndex> indexes, List<long[]> outputs) {
        this.inputs = inputs;
        this.indexes = indexes;
        this.outputs = outputs;
    }

    /** Where the merge stands in one input. */
    private record Cursor(int input, int block, SegmentIndex index) {
        long stream() {
            return index.stream(block);
        }

        long baseOffset() {
            return index.baseOffset(block);
        }
    }

    /**
     * Decides what goes where.
     *
     * @param inputs in ascending log order
     * @param outputBytes after which another output is begun
     */
    static SegmentMerge plan(
            ShardSegments shard, List<SegmentRef> inputs, List<SegmentIndex> indexes, long outputBytes) {
        PriorityQueue<Cursor> heads = new PriorityQueue<>((a, b) -> a.stream() != b.stream()
                ? Long.compare(a.stream(), b.stream())
                : Long.compare(a.baseOffset(), b.baseOffset()));
        for (int i = 0; i < indexes.size(); i++) {
            if (indexes.get(i).blocks() > 0) {
                heads.add(new Cursor(i, 0, indexes.get(i)));
            }
        }
        List<long[]> outputs = new ArrayList<>();
        long[] blocks = new long[1024];
        int size = 0;
        long bytes = 0;
        long stream = -1;
        long logStart = 0;
        while (!heads.isEmpty()) {
            Cursor head = heads.remove();
            if (head.block() + 1 < head.index().blocks()) {
                heads.add(new Cursor(head.input(), head.block() + 1, head.index()));
            }
            if (head.stream() != stream) {
                stream = head.stream();
                logStart = liveFrom(shard, stream);
            }
            if (head.index().nextOffset(head.block()) > logStart) {
                if (bytes >= outputBytes) {
                    outputs.add(Arrays.copyOf(blocks, size));
                    size = 0;
                    bytes = 0;
                }
                blocks = size == blocks.length ? Arrays.copyOf(blocks, size * 2) : blocks;
                blocks[size++] = ((long) head.input() << 32) | head.block();
                bytes += head.index().length(head.block());
            }
        }
        if (size > 0) {
            outputs.add(Arrays.copyOf(blocks, size));
        }
        return new SegmentMerge(inputs, indexes, outputs);
    }

    /** From which offset on the stream's data is wanted; the largest number when the stream is gone. */
    static long liveFrom(ShardSegments shard, long stream) {
        Optional<OffsetRange> range = shard.flushedRange(new StreamId(stream));
        return range.map(OffsetRange::from).orElse(Long.MAX_VALUE);
    }

    int outputCount() {
        return outputs.size();
    }

    /** All log entries of the inputs. */
    LogRange range() {
        return rangeOf(inputs);
    }

    static LogRange rangeOf(List<SegmentRef> segments) {
        return new LogRange(
                segments.stream().mapToLong(s -> s.range().from()).min().orElse(0),
                segments.stream().mapToLong(s -> s.range().upTo()).max().orElse(0));
    }

    /** Creates the outputs, one after the other. */
    List<SegmentBuilder.Built> write(
            ObjectStore store, SegmentObjects objects, Replacer replacer, List<ObjectKey> keys) {
        int level = 1 + inputs.stream().mapToInt(SegmentRef::level).max().orElse(0);
        List<Window> windows = new ArrayList<>();
        inputs.forEach(input -> windows.add(new Window(store, input)));
        List<SegmentBuilder.Built> written = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            SegmentBuilder builder = new SegmentBuilder();
            for (long packed : outputs.get(i)) {
                int input = (int) (packed >>> 32);
                SegmentIndex.Block block = indexes.get(input).block((int) packed);
                builder.add(block, windows.get(input).read(block));
            }
            SegmentBuilder.Built built = builder.finish(keys.get(i), range(), level);
            replacer.create(keys.get(i), built.content());
            objects.admit(built.ref(), built.index());
            written.add(new SegmentBuilder.Built(built.ref(), built.index(), List.of()));
        }
        return written;
    }

    /** Reads one input's blocks in ascending order, many at a time. */
    private static final class Window {
        private final ObjectStore store;
        private final SegmentRef segment;
        private ByteBuffer bytes = ByteBuffer.allocate(0);
        private long begin;

        Window(ObjectStore store, SegmentRef segment) {
            this.store = store;
            this.segment = segment;
        }

        ByteBuffer read(SegmentIndex.Block block) {
            if (block.position() < begin || block.position() + block.length() > begin + bytes.limit()) {
                long end = segment.sizeBytes() - segment.footerBytes();
                long length = Math.max(block.length(), Math.min(WINDOW_BYTES, end - block.position()));
                bytes = SegmentObjects.whole(store, segment.key(), block.position(), Math.toIntExact(length))
                        .join();
                begin = block.position();
            }
            ByteBuffer slice = bytes.slice((int) (block.position() - begin), block.length());
            return SegmentObjects.verified(segment, block, slice);
        }
    }
}
