/**
 * The segment format: blocks of whole batches sorted by stream and offset, and a footer that indexes them. Described
 * byte by byte in {@code docs/formats/segment.md}.
 */
@NullMarked
package io.weir.objecttier.segment;

import org.jspecify.annotations.NullMarked;
