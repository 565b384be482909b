@NullMarked
package io.weir.kafka.group;

import org.jspecify.annotations.NullMarked;
