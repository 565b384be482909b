/**
 * The APIs of topics, their configuration, and the cluster: answered from the metadata image, changed through its
 * commands.
 */
@NullMarked
package io.weir.kafka.topics;

import org.jspecify.annotations.NullMarked;
