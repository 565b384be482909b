@NullMarked
package io.weir.launcher.serve;

import org.jspecify.annotations.NullMarked;
