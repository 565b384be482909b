@NullMarked
package io.weir.registry;

import org.jspecify.annotations.NullMarked;
