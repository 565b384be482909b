/**
 * The port {@code contracts.consensus} on Apache Ratis, the only package that imports it: one server per process hosts
 * every group; groups of one peer talk to nobody, so no port is opened.
 */
@NullMarked
package io.weir.consensus.ratis;

import org.jspecify.annotations.NullMarked;
