/**
 * What a protocol sees of the network: connections that bring whole frames in and take replies out in the order of the
 * requests, with back-pressure both ways. Netty stays below this.
 */
@NullMarked
package io.weir.gateway.connection;

import org.jspecify.annotations.NullMarked;
