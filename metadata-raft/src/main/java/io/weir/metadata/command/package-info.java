/** What may be asked of the metadata, and the pure decision about it: records and a reply, or a rejection. */
@NullMarked
package io.weir.metadata.command;

import org.jspecify.annotations.NullMarked;
