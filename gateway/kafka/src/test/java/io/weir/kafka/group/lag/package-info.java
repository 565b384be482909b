@NullMarked
package io.weir.kafka.group.lag;

import org.jspecify.annotations.NullMarked;
