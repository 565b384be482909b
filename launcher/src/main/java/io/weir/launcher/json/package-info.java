/** JSON as this program writes it. */
@NullMarked
package io.weir.launcher.json;

import org.jspecify.annotations.NullMarked;
