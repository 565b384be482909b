/** How far consumer groups are behind the ends of the partitions they read, in records and in seconds. */
@NullMarked
package io.weir.kafka.group.lag;

import org.jspecify.annotations.NullMarked;
