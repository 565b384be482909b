/**
 * How soon, and at what cost, what Kafka clients produce is rows of a table: one topic of JSON values at a steady rate,
 * seen from outside of the server through its three doors (Kafka, the Iceberg catalog, the metrics).
 */
@NullMarked
package io.weir.benchmarks.ingest;

import org.jspecify.annotations.NullMarked;
