package io.weir.lakehouse.columns;

import io.weir.lakehouse.columns.AvroSchemas.Known;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * Typed columns of Avro values, framed as Confluent's serializers do: a zero, four bytes of schema id, the datum.
 *
 * <p>A table's columns are the union, by name, of the columns of every schema that was met; what a record's schema does
 * not have is null. A field that is called as one of the {@link SystemColumns} is called {@code value} and its name.
 */
final class AvroValues implements ValueColumns {
    private static final int FRAME_BYTES = 5;

    private final AvroSchemas schemas;
    private @Nullable Binding last;

    AvroValues(SchemasById schemas) {
        this.schemas = new AvroSchemas(schemas);
    }

    @Override
    public List<NestedField> fixed() {
        return List.of();
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the very schema whose columns the binding knows
    public Conversion fill(@Nullable ByteBuffer value, Schema schema, GenericRecord row) {
        if (value == null) {
            return new Conversion.Row(row);
        }
        if (value.remaining() < FRAME_BYTES || value.get(value.position()) != 0) {
            return new Conversion.Bad("value of " + value.remaining() + " bytes does not begin with a schema id");
        }
        int id = value.getInt(value.position() + 1);
        Binding binding = last;
        if (binding == null || binding.id != id || binding.schema != schema) {
            switch (bind(id, schema)) {
                case Bound.To(Binding to) -> {
                    binding = to;
                    last = to;
                }
                case Bound.No(Conversion instead) -> {
                    return instead;
                }
            }
        }
        return binding.fill(value.duplicate().position(value.position() + FRAME_BYTES), row);
    }

    private Bound bind(int id, Schema table) {
        return switch (schemas.known(id)) {
            case Known.Unusable(String reason) -> new Bound.No(new Conversion.Bad(reason));
            case Known.Usable usable -> {
                ColumnFit fit = ColumnFit.of(table, usable.columns());
                String misfit = fit.misfit();
                if (misfit != null) {
                    yield new Bound.No(new Conversion.Bad("schema " + id + " does not fit the table: " + misfit));
                }
                yield fit.grows()
                        ? new Bound.No(new Conversion.Grow(fit.wanted()))
                        : new Bound.To(new Binding(id, table, usable));
            }
        };
    }

    /** Whether records of a schema fit the table as it is. */
    private sealed interface Bound {
        record To(Binding binding) implements Bound {}

        record No(Conversion instead) implements Bound {}
    }

    /** One schema of records and one of the table. */
    private static final class Binding {
        private final int id;
        private final Schema schema;
        private final GenericDatumReader<Object> reader;
        private final AvroConverter.Columns columns;

        Binding(int id, Schema schema, Known.Usable usable) {
            this.id = id;
            this.schema = schema;
            this.reader = new GenericDatumReader<>(usable.schema());
            this.columns = AvroConverter.columns(usable, schema);
        }

        Conversion fill(ByteBuffer datum, GenericRecord row) {
            try {
                BoundedDecoder decoder = new BoundedDecoder(datum);
                columns.fill(Objects.requireNonNull(reader.read(null, decoder)), row);
                return decoder.atEnd()
                        ? new Conversion.Row(row)
                        : new Conversion.Bad("value has bytes behind its datum of schema " + id);
            } catch (IOException | RuntimeException undecodable) {
                // The library meets bytes that mean nothing with exceptions of a dozen kinds.
                return new Conversion.Bad("value is not of schema " + id + ": " + undecodable.getMessage());
            }
        }
    }
}
