/** Tests of checking what is produced. */
@NullMarked
package io.weir.kafka.produce;

import org.jspecify.annotations.NullMarked;
