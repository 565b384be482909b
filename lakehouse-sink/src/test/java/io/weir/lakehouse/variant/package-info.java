@NullMarked
package io.weir.lakehouse.variant;

import org.jspecify.annotations.NullMarked;
