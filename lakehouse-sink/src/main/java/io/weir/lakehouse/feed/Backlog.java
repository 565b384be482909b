package io.weir.lakehouse.feed;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What of a topic has not been read.
 *
 * @param partitions that have something
 * @param records at most so many
 * @param ends of all partitions together
 * @param done how far all partitions together are done
 * @param whole whether every partition was here
 */
record Backlog(List<Integer> partitions, long records, long ends, long done, boolean whole) {
    /** Looks at every partition's ends as this process knows them. */
    static Backlog of(Topic topic, StreamReader streams, ToLongFunction<StreamId> position) {
        List<Integer> partitions = new ArrayList<>();
        long records = 0;
        long ends = 0;
        long done = 0;
        boolean whole = true;
        for (int partition = 0; partition < topic.partitions(); partition++) {
            StreamLocation location = topic.location(partition).orElseThrow();
            Optional<StreamBounds> bounds = streams.bounds(location);
            if (bounds.isEmpty()) {
                whole = false;
                continue;
            }
            long end = bounds.get().lastStable();
            long from = Math.clamp(
                    position.applyAsLong(location.stream()),
                    bounds.get().logStart(),
                    Math.max(end, bounds.get().logStart()));
            if (position.applyAsLong(location.stream()) < end) {
                partitions.add(partition);
            }
            records += end - from;
            ends += end;
            done += from;
        }
        return new Backlog(partitions, records, ends, done, whole);
    }
}
