/** The {@code weir} command: the server that wires every role into one process, and the client. */
@NullMarked
package io.weir.launcher;

import org.jspecify.annotations.NullMarked;
