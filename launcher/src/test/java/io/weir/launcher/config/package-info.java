@NullMarked
package io.weir.launcher.config;

import org.jspecify.annotations.NullMarked;
