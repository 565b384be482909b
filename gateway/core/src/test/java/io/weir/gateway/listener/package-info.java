@NullMarked
package io.weir.gateway.listener;

import org.jspecify.annotations.NullMarked;
