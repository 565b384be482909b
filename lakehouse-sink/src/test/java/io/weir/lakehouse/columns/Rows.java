package io.weir.lakehouse.columns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.metadata.TableConfig.ValueFormat;
import io.weir.contracts.read.StoredRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.inmemory.InMemoryOutputFile;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.TypeUtil;
import org.jspecify.annotations.Nullable;

/** Records on their way through the columns of a table, which grow as they are asked to. */
final class Rows {
    static final long TIME_MS = 1_790_000_000_000L;

    private final ValueColumns values;
    private Schema schema;
    private RowMaker maker;

    Rows(ValueFormat format, int formatVersion, SchemasById schemas) {
        this.values = ValueColumns.of(format, formatVersion, null, schemas);
        this.schema = RowMaker.columns(values);
        this.maker = new RowMaker(values, schema);
    }

    Schema schema() {
        return schema;
    }

    static StoredRecord record(byte @Nullable [] value) {
        return new StoredRecord(7, TIME_MS, false, null, value == null ? null : ByteBuffer.wrap(value), List.of());
    }

    static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    Conversion convert(byte @Nullable [] value) {
        return maker.convert(3, record(value));
    }

    Conversion convert(StoredRecord record) {
        return maker.convert(3, record);
    }

    /** The columns become those that a conversion has asked for. */
    void grow(Conversion conversion) {
        assertThat(conversion).isInstanceOf(Conversion.Grow.class);
        int[] last = {schema.highestFieldId()};
        Schema wanted = TypeUtil.assignFreshIds(((Conversion.Grow) conversion).wanted(), schema, () -> ++last[0]);
        List<org.apache.iceberg.types.Types.NestedField> fields = new ArrayList<>(schema.columns());
        for (org.apache.iceberg.types.Types.NestedField field : wanted.columns()) {
            fields.removeIf(old -> old.name().equals(field.name()));
            fields.add(field);
        }
        schema = new Schema(fields);
        maker = new RowMaker(values, schema);
    }

    /** The value as a row of a Parquet file says it; columns grow when they must. */
    Record row(byte @Nullable [] value) {
        Conversion conversion = convert(value);
        if (conversion instanceof Conversion.Grow) {
            grow(conversion);
            conversion = convert(value);
        }
        assertThat(conversion).isInstanceOf(Conversion.Row.class);
        return throughParquet(((Conversion.Row) conversion).row());
    }

    Record throughParquet(Record row) {
        InMemoryOutputFile file = new InMemoryOutputFile();
        try {
            try (FileAppender<Record> appender = Parquet.write(file)
                    .schema(schema)
                    .createWriterFunc(GenericParquetWriter::create)
                    .build()) {
                appender.add(row);
            }
            try (CloseableIterable<Record> rows = Parquet.read(file.toInputFile())
                    .project(schema)
                    .createReaderFunc(parquet -> GenericParquetReaders.buildReader(schema, parquet))
                    .build()) {
                return rows.iterator().next();
            }
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    /** Why the value has no place. */
    String refused(byte[] value) {
        Conversion conversion = convert(value);
        assertThat(conversion).isInstanceOf(Conversion.Bad.class);
        return ((Conversion.Bad) conversion).reason();
    }
}
