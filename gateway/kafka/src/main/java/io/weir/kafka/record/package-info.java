/**
 * The inside of record batches: decompression through a small window, with lengths checked before memory is set aside
 * for them, and {@link io.weir.kafka.record.StoredRecordDecoder}, which gives out stored records one by one.
 */
@NullMarked
package io.weir.kafka.record;

import org.jspecify.annotations.NullMarked;
