/**
 * Our own reading of the library's log files: the check before a group starts, the salvage of a damaged log, and the
 * reading back of single entries. It knows the file format, and nothing else of the library.
 */
@NullMarked
package io.weir.consensus.log;

import org.jspecify.annotations.NullMarked;
