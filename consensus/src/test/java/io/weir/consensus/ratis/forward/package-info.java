/** Tests of what a peer asks of its leader, over a real connection to a leader that is made up. */
@NullMarked
package io.weir.consensus.ratis.forward;

import org.jspecify.annotations.NullMarked;
