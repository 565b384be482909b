/** What the consensus module is told: where it keeps its groups and how much each may hold. */
@NullMarked
package io.weir.consensus;

import org.jspecify.annotations.NullMarked;
