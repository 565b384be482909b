@NullMarked
package io.weir.kafka.fetch;

import org.jspecify.annotations.NullMarked;
