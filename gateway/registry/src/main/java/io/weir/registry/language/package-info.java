/**
 * What the registry asks of a schema language: to parse a text, and to say whether one schema reads what another wrote.
 */
@NullMarked
package io.weir.registry.language;

import org.jspecify.annotations.NullMarked;
