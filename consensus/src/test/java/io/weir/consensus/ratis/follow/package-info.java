/** Tests of what is said between a node without a replica and one that has it. */
@NullMarked
package io.weir.consensus.ratis.follow;

import org.jspecify.annotations.NullMarked;
