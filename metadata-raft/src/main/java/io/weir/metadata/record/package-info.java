/**
 * The facts that the metadata state consists of: what a command's decision comes to, and what a snapshot is a list of.
 */
@NullMarked
package io.weir.metadata.record;

import org.jspecify.annotations.NullMarked;
