package io.weir.contracts.identity;

/**
 * Where a stream lives, as the metadata image says.
 *
 * @param stream the stream
 * @param shard the shard it is placed on
 * @param incarnation counts the stream's moves between shards; Kafka clients see it as the partition's leader epoch
 */
public record StreamLocation(StreamId stream, ShardId shard, Epoch incarnation) {}
