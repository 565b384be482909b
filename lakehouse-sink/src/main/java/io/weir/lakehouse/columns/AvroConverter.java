package io.weir.lakehouse.columns;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * Turns Avro's generic data into what Iceberg's Parquet writers take, for one type of each.
 *
 * <p>Threading: immutable. What does not fit is an {@link ArithmeticException} or an {@link IllegalArgumentException}.
 */
@FunctionalInterface
interface AvroConverter {
    /** Of a day. */
    long MS_PER_DAY = 86_400_000L;

    /** Never asked for null. */
    Object convert(Object datum);

    /** A record's fields, or the one value, and where they go. */
    record Columns(boolean isRecord, List<Part> parts) {
        void fill(Object datum, GenericRecord row) {
            for (Part part : parts) {
                Object value = isRecord ? ((IndexedRecord) datum).get(part.from()) : datum;
                row.set(part.to(), value == null ? null : part.converter().convert(value));
            }
        }
    }

    /** From one position to another. */
    record Part(int from, int to, AvroConverter converter) {}

    /** The way of a schema's values into a table that can hold them. */
    static Columns columns(AvroSchemas.Known.Usable usable, org.apache.iceberg.Schema table) {
        Schema schema = usable.schema();
        boolean isRecord = schema.getType() == Schema.Type.RECORD;
        if (!isRecord) {
            int to = RowMaker.at(table, ValueColumns.VALUE);
            return new Columns(
                    false,
                    List.of(new Part(0, to, of(schema, table.columns().get(to).type()))));
        }
        List<Part> parts = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            if (!AvroTypes.isNothing(field.schema())) {
                int to = RowMaker.at(table, AvroTypes.columnName(field.name()));
                parts.add(new Part(
                        field.pos(),
                        to,
                        of(field.schema(), table.columns().get(to).type())));
            }
        }
        return new Columns(true, parts);
    }

    private static AvroConverter of(Schema schema, Type type) {
        LogicalType logical = schema.getLogicalType();
        if (logical != null) {
            AvroConverter converter = logical(logical, schema, type);
            if (converter != null) {
                return converter;
            }
        }
        return switch (schema.getType()) {
            case INT, LONG, FLOAT, DOUBLE -> number(type);
            case ENUM -> Object::toString;
            case FIXED -> datum -> ((GenericFixed) datum).bytes();
            case ARRAY -> list(schema, type.asListType());
            case MAP -> map(schema, type.asMapType());
            case RECORD -> struct(schema, type.asStructType());
            case UNION -> union(schema, type);
            case BOOLEAN, STRING, BYTES, NULL -> datum -> datum;
        };
    }

    private static AvroConverter number(Type type) {
        return switch (type.typeId()) {
            case INTEGER -> datum -> ((Number) datum).intValue();
            case LONG -> datum -> ((Number) datum).longValue();
            case FLOAT -> AvroConverter::exactFloat;
            case DOUBLE -> AvroConverter::exactDouble;
            default -> throw new IllegalArgumentException("A number is no " + type);
        };
    }

    /** A whole number becomes a fraction only when it stays what it is. */
    private static Object exactFloat(Object datum) {
        float converted = ((Number) datum).floatValue();
        return exact(datum, converted, (long) converted);
    }

    private static Object exactDouble(Object datum) {
        double converted = ((Number) datum).doubleValue();
        return exact(datum, converted, (long) converted);
    }

    private static Object exact(Object datum, Object converted, long back) {
        boolean whole = datum instanceof Integer || datum instanceof Long;
        // A fraction beyond the largest long comes back as that one.
        if (whole && (((Number) datum).longValue() != back || back == Long.MAX_VALUE)) {
            throw new ArithmeticException(datum + " is not a fraction of these bits");
        }
        return converted;
    }

    private static AvroConverter list(Schema schema, Types.ListType type) {
        AvroConverter element = of(schema.getElementType(), type.elementType());
        return datum -> {
            List<@Nullable Object> converted = new ArrayList<>();
            for (Object each : (Iterable<?>) datum) {
                converted.add(each == null ? null : element.convert(each));
            }
            return converted;
        };
    }

    private static AvroConverter map(Schema schema, Types.MapType type) {
        AvroConverter value = of(schema.getValueType(), type.valueType());
        return datum -> {
            Map<Object, @Nullable Object> converted = new HashMap<>();
            ((Map<?, ?>) datum).forEach((key, each) -> converted.put(key, each == null ? null : value.convert(each)));
            return converted;
        };
    }

    private static int at(Types.StructType struct, String name) {
        for (int i = 0; i < struct.fields().size(); i++) {
            if (struct.fields().get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("No field " + name + " in " + struct);
    }

    private static AvroConverter struct(Schema schema, Types.StructType type) {
        List<Part> parts = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            if (!AvroTypes.isNothing(field.schema())) {
                int to = at(type, field.name());
                parts.add(new Part(
                        field.pos(),
                        to,
                        of(field.schema(), type.fields().get(to).type())));
            }
        }
        Columns columns = new Columns(true, parts);
        return datum -> {
            GenericRecord row = GenericRecord.create(type);
            columns.fill(datum, row);
            return row;
        };
    }

    private static AvroConverter union(Schema schema, Type type) {
        List<Schema> branches = AvroTypes.branches(schema);
        if (branches.size() == 1) {
            return of(branches.getFirst(), type);
        }
        Types.StructType struct = type.asStructType();
        Map<Integer, Part> byBranch = new HashMap<>();
        for (int i = 0; i < schema.getTypes().size(); i++) {
            Schema branch = schema.getTypes().get(i);
            if (!AvroTypes.isNothing(branch)) {
                int to = at(struct, AvroTypes.branchName(branch));
                byBranch.put(
                        i, new Part(i, to, of(branch, struct.fields().get(to).type())));
            }
        }
        return datum -> {
            GenericRecord row = GenericRecord.create(struct);
            Part part = byBranch.get(GenericData.get().resolveUnion(schema, datum));
            if (part != null) {
                row.set(part.to(), part.converter().convert(datum));
            }
            return row;
        };
    }

    private static @Nullable AvroConverter logical(LogicalType logical, Schema schema, Type type) {
        return switch (logical) {
            case LogicalTypes.Decimal decimal -> decimal(decimal, (Types.DecimalType) type);
            case LogicalTypes.Date _ -> AvroConverter::date;
            case LogicalTypes.TimeMillis _ ->
                datum -> LocalTime.ofNanoOfDay(Math.multiplyExact(((Number) datum).longValue(), 1_000_000L));
            case LogicalTypes.TimeMicros _ -> datum -> LocalTime.ofNanoOfDay(Math.multiplyExact((Long) datum, 1_000L));
            case LogicalTypes.TimestampMillis _ -> datum -> utc(Math.multiplyExact((Long) datum, 1_000L));
            case LogicalTypes.TimestampMicros _ -> datum -> utc((Long) datum);
            case LogicalTypes.LocalTimestampMillis _ ->
                datum -> utc(Math.multiplyExact((Long) datum, 1_000L)).toLocalDateTime();
            case LogicalTypes.LocalTimestampMicros _ ->
                datum -> utc((Long) datum).toLocalDateTime();
            case LogicalTypes.Uuid _ ->
                schema.getType() == Schema.Type.FIXED
                        ? AvroConverter::uuid
                        : datum -> UUID.fromString(datum.toString());
            default -> null;
        };
    }

    private static Object date(Object datum) {
        LocalDate date = LocalDate.ofEpochDay((Integer) datum);
        if (!SystemColumns.isKnownTime(date.toEpochDay() * MS_PER_DAY)) {
            throw new ArithmeticException("day " + datum + " is outside of the years 1 to 9999");
        }
        return date;
    }

    private static Object uuid(Object fixed) {
        ByteBuffer bytes = ByteBuffer.wrap(((GenericFixed) fixed).bytes());
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    private static OffsetDateTime utc(long micros) {
        if (!SystemColumns.isKnownTime(Math.floorDiv(micros, 1_000L))) {
            throw new ArithmeticException("time " + micros + " us is outside of the years 1 to 9999");
        }
        return OffsetDateTime.ofInstant(Instant.EPOCH.plus(micros, ChronoUnit.MICROS), ZoneOffset.UTC);
    }

    private static AvroConverter decimal(LogicalTypes.Decimal decimal, Types.DecimalType type) {
        return datum -> {
            byte[] bytes;
            if (datum instanceof GenericFixed fixed) {
                bytes = fixed.bytes();
            } else {
                ByteBuffer buffer = ((ByteBuffer) datum).duplicate();
                bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
            }
            BigDecimal number = new BigDecimal(new BigInteger(bytes), decimal.getScale());
            if (number.precision() > type.precision()) {
                throw new ArithmeticException(number.precision() + " digits do not fit into " + type);
            }
            return number;
        };
    }
}
