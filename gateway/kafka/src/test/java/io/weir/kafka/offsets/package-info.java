@NullMarked
package io.weir.kafka.offsets;

import org.jspecify.annotations.NullMarked;
