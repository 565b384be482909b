/**
 * Objects as local files, the embedded default: a file appears under its name only when it is whole and on disk, and
 * its directory entry is on disk before anybody hears of it.
 */
@NullMarked
package io.weir.objecttier.file;

import org.jspecify.annotations.NullMarked;
