/**
 * What {@code weir serve} can be told: every setting once, with its key, default and meaning; where values come from
 * and which of them wins; and the checked records that the rest of the launcher reads.
 */
@NullMarked
package io.weir.launcher.config;

import org.jspecify.annotations.NullMarked;
