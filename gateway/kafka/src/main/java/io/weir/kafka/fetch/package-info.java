/**
 * Reading through Kafka's protocol: fetches that wait for data, incremental sessions (KIP-227), and offsets by time, by
 * epoch and at the ends.
 */
@NullMarked
package io.weir.kafka.fetch;

import org.jspecify.annotations.NullMarked;
