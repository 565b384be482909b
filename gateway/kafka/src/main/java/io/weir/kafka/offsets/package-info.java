/**
 * Offsets of streams through Kafka's protocol: at their ends, by time and by epoch, and the raising of their starts.
 */
@NullMarked
package io.weir.kafka.offsets;

import org.jspecify.annotations.NullMarked;
