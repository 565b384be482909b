package io.weir.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What the listener shows.
 *
 * @param threads on which what is mounted answers
 */
record Exposed(PrometheusMeterRegistry registry, Supplier<Readiness> readiness, Mounted mounted, Executor threads) {}
