/**
 * Judges what clients saw of a Kafka-shaped cluster: a {@code Recorder} writes down each operation as it ends, a
 * {@code History} is what was written, and {@code HistoryCheck} finds what no correct cluster could have answered. A
 * history is a file of text that is kept beside a failed run and can be judged again.
 *
 * <p>The names of the anomalies are those that Jepsen's analyses of Kafka-like systems have made familiar; of
 * transactions only the visibility of single records is judged.
 */
@NullMarked
package io.weir.testsupport.history;

import org.jspecify.annotations.NullMarked;
