package io.weir.contracts.cell;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A key and its new value. The bytes of both are never changed again.
 *
 * @param value null deletes the key
 */
public record CellRecord(ByteBuffer key, @Nullable ByteBuffer value) {}
