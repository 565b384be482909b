package io.weir.metadata.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.record.MetadataRecord;
import java.util.Map;
import java.util.UUID;

/** An image that moves by decisions, as a group's does; for tests. */
public final class Cluster {
    public static final TenantId TENANT = TenantId.DEFAULT;

    private ClusterImage image;

    public Cluster() {
        this(ClusterImage.EMPTY);
    }

    public Cluster(ClusterImage image) {
        this.image = image;
    }

    public static Cluster of(int shards, Bounds bounds) {
        Cluster cluster = new Cluster();
        cluster.accepted(new MetadataCommand.CreateCluster("AAAAAAAAAAAAAAAAAAAAAA", shards, bounds));
        return cluster;
    }

    public static Cluster of(int shards) {
        return of(shards, new Bounds(1000, 1_000_000, 100));
    }

    public ClusterImage image() {
        return image;
    }

    public MetadataResult<?> submit(MetadataCommand command) {
        Decision<?> decision = Decisions.decide(image, command);
        for (MetadataRecord fact : decision.records()) {
            image = image.evolve(fact);
        }
        return decision.result();
    }

    public Object accepted(MetadataCommand command) {
        MetadataResult<?> result = submit(command);
        assertThat(result).as(command.toString()).isInstanceOf(MetadataResult.Accepted.class);
        return ((MetadataResult.Accepted<?>) result).value();
    }

    public Rejection rejected(MetadataCommand command) {
        ClusterImage before = image;
        MetadataResult<?> result = submit(command);
        assertThat(result).as(command.toString()).isInstanceOf(MetadataResult.Rejected.class);
        assertThat(image).as("a rejected command changes nothing").isSameAs(before);
        return ((MetadataResult.Rejected<?>) result).reason();
    }

    public Topic topic(String name, int partitions) {
        return (Topic) accepted(create(name, partitions, Map.of()));
    }

    public static MetadataCommand.CreateTopic create(String name, int partitions, Map<String, String> config) {
        return new MetadataCommand.CreateTopic(TENANT, name, idOf(name), partitions, config);
    }

    public static TopicId idOf(String name) {
        return new TopicId(UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
}
