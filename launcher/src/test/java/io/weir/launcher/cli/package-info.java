@NullMarked
package io.weir.launcher.cli;

import org.jspecify.annotations.NullMarked;
