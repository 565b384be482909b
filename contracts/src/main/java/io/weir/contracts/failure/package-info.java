/** Failures of dependencies, by code: the code decides whether a caller may retry, and names the failure in metrics. */
@NullMarked
package io.weir.contracts.failure;

import org.jspecify.annotations.NullMarked;
