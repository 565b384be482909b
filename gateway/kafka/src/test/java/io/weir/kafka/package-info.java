@NullMarked
package io.weir.kafka;

import org.jspecify.annotations.NullMarked;
