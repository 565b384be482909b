/** Kafka's protocol on Weir: {@link io.weir.kafka.KafkaGateway} is the way in. */
@NullMarked
package io.weir.kafka;

import org.jspecify.annotations.NullMarked;
