/** The server process: opens the data directory, wires every role together, and takes them down again. */
@NullMarked
package io.weir.launcher.serve;

import org.jspecify.annotations.NullMarked;
