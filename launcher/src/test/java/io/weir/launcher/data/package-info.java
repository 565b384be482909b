@NullMarked
package io.weir.launcher.data;

import org.jspecify.annotations.NullMarked;
