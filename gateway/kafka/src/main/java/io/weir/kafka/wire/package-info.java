/**
 * Kafka's frames on a connection: requests parsed and dispatched, responses written around stored batches without
 * copying them.
 */
@NullMarked
package io.weir.kafka.wire;

import org.jspecify.annotations.NullMarked;
