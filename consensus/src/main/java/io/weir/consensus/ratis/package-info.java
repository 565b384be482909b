/**
 * The port {@code contracts.consensus} on Apache Ratis, the only package that imports it: one server per process hosts
 * every group. Groups of one peer talk to nobody, and no port is opened; those of several talk over gRPC (ADR 7).
 */
@NullMarked
package io.weir.consensus.ratis;

import org.jspecify.annotations.NullMarked;
