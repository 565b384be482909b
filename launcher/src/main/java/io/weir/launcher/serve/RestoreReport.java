package io.weir.launcher.serve;

import io.weir.contracts.identity.Restoration;
import io.weir.contracts.identity.TenantId;
import java.time.Instant;
import java.util.List;

/**
 * What a restore found, and what is gone.
 *
 * @param cluster the id of the cluster
 * @param restoration how often it has been restored, this time included
 * @param topics by tenant and name
 * @param notes what else should be known, in words
 */
public record RestoreReport(
        String cluster, Restoration restoration, List<Group> groups, List<TopicPart> topics, List<String> notes) {
    public RestoreReport {
        groups = List.copyOf(groups);
        topics = List.copyOf(topics);
        notes = List.copyOf(notes);
    }

    /**
     * The backup that a group begins with.
     *
     * @param index the last entry of its log that the backup holds
     */
    public record Group(String group, long index, Instant takenAt) {}

    /**
     * A topic.
     *
     * @param kept offsets that are in segments
     * @param lost offsets that were given out when the backup was made, and whose records are gone; there may be more,
     *     given out later
     */
    public record TopicPart(TenantId tenant, String topic, int partitions, long kept, long lost) {}
}
