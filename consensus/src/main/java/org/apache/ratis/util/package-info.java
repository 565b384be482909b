/** The one class of Ratis that is replaced: see {@link org.apache.ratis.util.PureJavaCrc32C}. */
@NullMarked
package org.apache.ratis.util;

import org.jspecify.annotations.NullMarked;
