/**
 * The immutable image of the metadata: persistent trees, so that a change shares all but a path with the image before.
 */
@NullMarked
package io.weir.metadata.image;

import org.jspecify.annotations.NullMarked;
