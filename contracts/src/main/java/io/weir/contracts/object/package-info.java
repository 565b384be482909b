/**
 * The storage port beneath the object tier: whole immutable objects under keys, with conditional creation, range reads,
 * listing and deletion.
 */
@NullMarked
package io.weir.contracts.object;

import org.jspecify.annotations.NullMarked;
