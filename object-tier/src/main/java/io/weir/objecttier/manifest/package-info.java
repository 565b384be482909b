/**
 * The manifest format: an immutable object that lists segments and, per stream, which of them holds which offsets, in
 * pages of which a lookup reads one. Described byte by byte in {@code docs/formats/manifest.md}.
 */
@NullMarked
package io.weir.objecttier.manifest;

import org.jspecify.annotations.NullMarked;
