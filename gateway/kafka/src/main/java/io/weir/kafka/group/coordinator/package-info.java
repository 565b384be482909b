/**
 * Apache Kafka's group coordinator as a library: the only package that sees Kafka's internals, which change with every
 * minor version. What it needs of a broker (a log, a loader, a metadata image, timers, metrics) is made here from cells
 * and from Weir's image.
 */
@NullMarked
package io.weir.kafka.group.coordinator;

import org.jspecify.annotations.NullMarked;
