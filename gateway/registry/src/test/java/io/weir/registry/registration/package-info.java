@NullMarked
package io.weir.registry.registration;

import org.jspecify.annotations.NullMarked;
