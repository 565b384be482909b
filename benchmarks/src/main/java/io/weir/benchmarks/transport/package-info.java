/** What carries messages between nodes: gRPC, as Ratis brings it, beside plain frames over Netty. */
@NullMarked
package io.weir.benchmarks.transport;

import org.jspecify.annotations.NullMarked;
