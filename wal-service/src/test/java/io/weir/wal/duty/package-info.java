@NullMarked
package io.weir.wal.duty;

import org.jspecify.annotations.NullMarked;
