package io.weir.lakehouse.variant;

import org.apache.iceberg.variants.Variant;

/** What became of a JSON text. */
public sealed interface Encoding {
    /**
     * The value.
     *
     * <p>Ownership: valid until the encoder is given the next text.
     */
    record Encoded(Variant variant) implements Encoding {}

    /** The text is not JSON, or beyond a limit of how JSON is read. */
    record NotJson(String reason) implements Encoding {}

    /** The text is JSON whose value no VARIANT can hold. */
    record TooMuch(String reason) implements Encoding {}
}
