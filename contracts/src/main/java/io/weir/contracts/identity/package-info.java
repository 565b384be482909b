/**
 * Names of the things every module speaks of: tenants, topics, streams, shards, cells, nodes, and positions in a
 * stream.
 */
@NullMarked
package io.weir.contracts.identity;

import org.jspecify.annotations.NullMarked;
