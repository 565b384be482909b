/**
 * The immutable image of topics, nodes, leases and cell owners that gateways answer from, the watch that moves it, and
 * the commands that change it.
 */
@NullMarked
package io.weir.contracts.metadata;

import org.jspecify.annotations.NullMarked;
