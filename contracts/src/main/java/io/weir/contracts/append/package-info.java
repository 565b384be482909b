/** The port through which every protocol appends a batch to a stream, and the sealed outcomes of doing so. */
@NullMarked
package io.weir.contracts.append;

import org.jspecify.annotations.NullMarked;
