/** What is metered: usage totals that are exact because the replicated state counts them. */
@NullMarked
package io.weir.contracts.usage;

import org.jspecify.annotations.NullMarked;
