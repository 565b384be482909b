@NullMarked
package io.weir.launcher.logging;

import org.jspecify.annotations.NullMarked;
