/**
 * The seam between connections and the APIs of Kafka's protocol: requests as they were parsed by Kafka's own codec,
 * handlers by API key, and the registry that is also what ApiVersions advertises.
 *
 * <p>To add an API, implement {@link io.weir.kafka.protocol.ApiHandler} and hand the instance to
 * {@link io.weir.kafka.protocol.ApiRegistry}; nothing else has to know of it.
 */
@NullMarked
package io.weir.kafka.protocol;

import org.jspecify.annotations.NullMarked;
