/** Tests of looking inside batches. */
@NullMarked
package io.weir.kafka.record;

import org.jspecify.annotations.NullMarked;
