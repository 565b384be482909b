/**
 * How a node without a replica follows a group: it subscribes to the log of any peer, and reads single entries back
 * from there. One service of ours on the port and server of Ratis' own (ADR 9).
 */
@NullMarked
package io.weir.consensus.ratis.follow;

import org.jspecify.annotations.NullMarked;
