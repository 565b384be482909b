/** Tests of what keeps tables cheap. */
@NullMarked
package io.weir.lakehouse.maintenance;

import org.jspecify.annotations.NullMarked;
