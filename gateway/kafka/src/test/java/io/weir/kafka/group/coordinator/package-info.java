@NullMarked
package io.weir.kafka.group.coordinator;

import org.jspecify.annotations.NullMarked;
