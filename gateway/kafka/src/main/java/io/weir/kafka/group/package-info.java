/**
 * Consumer groups of the Kafka gateway: the APIs of groups and offsets, answered by Apache Kafka's own group
 * coordinator, whose log is the cells.
 */
@NullMarked
package io.weir.kafka.group;

import org.jspecify.annotations.NullMarked;
