@NullMarked
package io.weir.kafka.topics;

import org.jspecify.annotations.NullMarked;
