/** The classes of Ratis that are replaced, each for one fault of its own. */
@NullMarked
package org.apache.ratis.util;

import org.jspecify.annotations.NullMarked;
