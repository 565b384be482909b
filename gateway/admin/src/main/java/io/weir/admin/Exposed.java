package io.weir.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.Supplier;

/** What the listener shows. */
record Exposed(PrometheusMeterRegistry registry, Supplier<Readiness> readiness, Mounted mounted) {}
