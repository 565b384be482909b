/**
 * What a schema goes through before it is registered: its references are resolved, it is parsed, and it is compared.
 */
@NullMarked
package io.weir.registry.registration;

import org.jspecify.annotations.NullMarked;
