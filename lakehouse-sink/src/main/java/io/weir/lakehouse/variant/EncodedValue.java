package io.weir.lakehouse.variant;

import java.nio.ByteBuffer;
import org.apache.iceberg.variants.PhysicalType;
import org.apache.iceberg.variants.VariantArray;
import org.apache.iceberg.variants.VariantMetadata;
import org.apache.iceberg.variants.VariantObject;
import org.apache.iceberg.variants.VariantPrimitive;
import org.apache.iceberg.variants.VariantValue;

/**
 * A value of a VARIANT that goes into a file as it was encoded: Iceberg's own would first take every object apart. Who
 * asks what is in it gets Iceberg's own.
 */
record EncodedValue(VariantMetadata metadata, ByteBuffer encoded) implements VariantValue {
    @Override
    public int sizeInBytes() {
        return encoded.remaining();
    }

    @Override
    public int writeTo(ByteBuffer buffer, int offset) {
        buffer.put(offset, encoded, encoded.position(), encoded.remaining());
        return encoded.remaining();
    }

    @Override
    public PhysicalType type() {
        return takenApart().type();
    }

    @Override
    public VariantPrimitive<?> asPrimitive() {
        return takenApart().asPrimitive();
    }

    @Override
    public VariantObject asObject() {
        return takenApart().asObject();
    }

    @Override
    public VariantArray asArray() {
        return takenApart().asArray();
    }

    private VariantValue takenApart() {
        return VariantValue.from(metadata, encoded);
    }
}
