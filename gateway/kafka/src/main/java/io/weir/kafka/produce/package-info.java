/**
 * Produce and InitProducerId: batches are checked, stamped or re-encoded where the topic says so, and appended in
 * order.
 */
@NullMarked
package io.weir.kafka.produce;

import org.jspecify.annotations.NullMarked;
