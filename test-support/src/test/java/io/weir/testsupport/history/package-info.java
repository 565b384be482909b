@NullMarked
package io.weir.testsupport.history;

import org.jspecify.annotations.NullMarked;
