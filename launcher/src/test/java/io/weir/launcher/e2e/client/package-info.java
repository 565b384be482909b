/**
 * A test client that uses Kafka's Java library, in a process of its own so that any release of that library can be put
 * under it. Imports nothing but the JDK and kafka-clients.
 */
@NullMarked
package io.weir.launcher.e2e.client;

import org.jspecify.annotations.NullMarked;
