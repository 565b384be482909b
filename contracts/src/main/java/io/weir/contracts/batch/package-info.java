/**
 * The canonical stored form of messages: Kafka record batches, version 2, byte for byte as their producer sent them,
 * and the check that admits one.
 */
@NullMarked
package io.weir.contracts.batch;

import org.jspecify.annotations.NullMarked;
