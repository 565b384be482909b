/**
 * The APIs of settings: what topics, brokers and groups are set to, and how that is changed. A setting that Weir does
 * not act on is refused, never stored.
 */
@NullMarked
package io.weir.kafka.config;

import org.jspecify.annotations.NullMarked;
