@NullMarked
package io.weir.launcher.local;

import org.jspecify.annotations.NullMarked;
