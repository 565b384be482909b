@NullMarked
package io.weir.kafka.wire;

import org.jspecify.annotations.NullMarked;
