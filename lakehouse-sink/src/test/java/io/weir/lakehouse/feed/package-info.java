/** Tests of the feed. */
@NullMarked
package io.weir.lakehouse.feed;

import org.jspecify.annotations.NullMarked;
