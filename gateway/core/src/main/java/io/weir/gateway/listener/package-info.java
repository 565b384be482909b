/**
 * Listeners on Netty: event loops, bounded frames, admission, ordered replies, draining. The only package that names
 * Netty.
 */
@NullMarked
package io.weir.gateway.listener;

import org.jspecify.annotations.NullMarked;
