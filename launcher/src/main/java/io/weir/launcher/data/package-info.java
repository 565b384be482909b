/** The data directory: its format version, the lock that keeps a second process out, and where each part lies. */
@NullMarked
package io.weir.launcher.data;

import org.jspecify.annotations.NullMarked;
