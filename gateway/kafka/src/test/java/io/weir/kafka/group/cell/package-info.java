@NullMarked
package io.weir.kafka.group.cell;

import org.jspecify.annotations.NullMarked;
