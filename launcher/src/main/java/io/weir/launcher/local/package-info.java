/** A cluster of processes on one machine, to try it out and to develop with. */
@NullMarked
package io.weir.launcher.local;

import org.jspecify.annotations.NullMarked;
