/** How log lines look and how loud each library is: set up in code, because reading a file costs start-up time. */
@NullMarked
package io.weir.launcher.logging;

import org.jspecify.annotations.NullMarked;
