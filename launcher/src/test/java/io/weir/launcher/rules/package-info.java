@NullMarked
package io.weir.launcher.rules;

import org.jspecify.annotations.NullMarked;
