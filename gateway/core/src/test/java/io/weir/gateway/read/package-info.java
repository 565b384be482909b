@NullMarked
package io.weir.gateway.read;

import org.jspecify.annotations.NullMarked;
