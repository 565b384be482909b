@NullMarked
package io.weir.testsupport.process;

import org.jspecify.annotations.NullMarked;
