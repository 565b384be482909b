/** Directories as a whole: copied, emptied, deleted. */
@NullMarked
package io.weir.testsupport.file;

import org.jspecify.annotations.NullMarked;
