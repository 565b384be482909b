/**
 * Ownership of cells: a cell is acquired, loaded, appended to at positions its owner counts itself, and given up and
 * acquired again when an append fails. Knows nothing of Kafka.
 */
@NullMarked
package io.weir.kafka.group.cell;

import org.jspecify.annotations.NullMarked;
