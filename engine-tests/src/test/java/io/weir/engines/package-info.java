/** SQL engines of other makes, asked about the tables of a real server. */
@NullMarked
package io.weir.engines;

import org.jspecify.annotations.NullMarked;
