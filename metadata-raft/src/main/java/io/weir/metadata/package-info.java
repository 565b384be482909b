/**
 * The façade of the module: proposers that group commands into entries, the feed of images to subscribers, leases, and
 * the ownership of cells.
 */
@NullMarked
package io.weir.metadata;

import org.jspecify.annotations.NullMarked;
