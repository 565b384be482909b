package io.weir.lakehouse.columns;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * Columns for Avro's types. Every one may be null, so that records of other schemas fit into the same table.
 *
 * <p>A union with null is its other branch; any other union is a struct with one field per branch, named by its type,
 * of which one is not null. An enum is text. Names that differ in case only are one to most engines, and so refused.
 */
final class AvroTypes {
    static final int MAX_DEPTH = 32;
    static final int MAX_COLUMNS = 1_000;

    /** As large as a batch; the library makes room for one before it looks at what there is. */
    static final int MAX_FIXED_BYTES = 16 << 20;

    private static final int MAX_DECIMAL_DIGITS = 38;

    private final Set<String> open = new HashSet<>();
    private int nextId = SystemColumns.FIRST_FREE_ID;
    private int depth;

    /** A schema that cannot be a table's. */
    static final class NoSuchColumn extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoSuchColumn(String message) {
            super(message);
        }
    }

    /** The columns of a value. */
    List<NestedField> columns(Schema schema) {
        if (schema.getType() != Schema.Type.RECORD) {
            return List.of(NestedField.optional(id(), ValueColumns.VALUE, type(schema)));
        }
        open.add(schema.getFullName());
        List<NestedField> columns = new ArrayList<>();
        Set<String> names = new HashSet<>(SystemColumns.NAMES);
        for (Schema.Field field : schema.getFields()) {
            String name = columnName(field.name());
            if (!names.add(name.toLowerCase(Locale.ROOT))) {
                throw new NoSuchColumn("there is more than one column " + name);
            }
            if (!leftOut(field)) {
                columns.add(NestedField.optional(id(), name, type(field.schema())));
            }
        }
        return columns;
    }

    /** What a field's column is called. */
    static String columnName(String field) {
        return SystemColumns.isReserved(field) ? ValueColumns.VALUE + field : field;
    }

    /** Whether a field can hold nothing, and so has no column. */
    static boolean isNothing(Schema schema) {
        return schema.getType() == Schema.Type.NULL
                || (schema.isUnion() && schema.getTypes().stream().allMatch(AvroTypes::isNothing))
                || isEmptyObject(schema);
    }

    /** What takes no bytes, but memory once it is read. */
    private static boolean isEmptyObject(Schema schema) {
        return (schema.getType() == Schema.Type.RECORD && schema.getFields().isEmpty())
                || (schema.getType() == Schema.Type.FIXED && schema.getFixedSize() == 0);
    }

    private static boolean leftOut(Schema.Field field) {
        // In a union it takes at least a byte to claim one; as a field itself it could be claimed without end.
        if (isEmptyObject(field.schema())) {
            throw new NoSuchColumn("field " + field.name() + " holds nothing");
        }
        return isNothing(field.schema());
    }

    /** The branches of a union that are not null. */
    static List<Schema> branches(Schema union) {
        return union.getTypes().stream()
                .filter(branch -> branch.getType() != Schema.Type.NULL)
                .toList();
    }

    /** What the field of a union's branch is called. */
    static String branchName(Schema branch) {
        return branch.getName();
    }

    private int id() {
        if (nextId - SystemColumns.FIRST_FREE_ID >= MAX_COLUMNS) {
            throw new NoSuchColumn("there are more than " + MAX_COLUMNS + " columns");
        }
        return nextId++;
    }

    private Type type(Schema schema) {
        if (++depth > MAX_DEPTH) {
            throw new NoSuchColumn("types are nested more than " + MAX_DEPTH + " deep");
        }
        if (schema.getType() == Schema.Type.FIXED && schema.getFixedSize() > MAX_FIXED_BYTES) {
            throw new NoSuchColumn("type " + schema.getFullName() + " has more than " + MAX_FIXED_BYTES + " bytes");
        }
        Type logical = logical(schema);
        Type type = logical != null ? logical : plain(schema);
        depth--;
        return type;
    }

    private Type plain(Schema schema) {
        return switch (schema.getType()) {
            case BOOLEAN -> Types.BooleanType.get();
            case INT -> Types.IntegerType.get();
            case LONG -> Types.LongType.get();
            case FLOAT -> Types.FloatType.get();
            case DOUBLE -> Types.DoubleType.get();
            case STRING, ENUM -> Types.StringType.get();
            case BYTES -> Types.BinaryType.get();
            case FIXED -> Types.FixedType.ofLength(schema.getFixedSize());
            case ARRAY -> Types.ListType.ofOptional(id(), something(schema.getElementType()));
            case MAP -> Types.MapType.ofOptional(id(), id(), Types.StringType.get(), something(schema.getValueType()));
            case RECORD -> struct(schema);
            case UNION -> union(schema);
            case NULL -> throw new NoSuchColumn("a list or a map of nothing but null");
        };
    }

    private Type something(Schema schema) {
        if (isNothing(schema)) {
            throw new NoSuchColumn("a list or a map of nothing but null");
        }
        return type(schema);
    }

    private Type struct(Schema schema) {
        if (!open.add(schema.getFullName())) {
            throw new NoSuchColumn("type " + schema.getFullName() + " contains itself");
        }
        List<NestedField> fields = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Schema.Field field : schema.getFields()) {
            if (!names.add(field.name().toLowerCase(Locale.ROOT))) {
                throw new NoSuchColumn("there is more than one field " + field.name());
            }
            if (!leftOut(field)) {
                fields.add(NestedField.optional(id(), field.name(), type(field.schema())));
            }
        }
        open.remove(schema.getFullName());
        if (fields.isEmpty()) {
            throw new NoSuchColumn("type " + schema.getFullName() + " has no fields");
        }
        return Types.StructType.of(fields);
    }

    private Type union(Schema schema) {
        List<Schema> branches = branches(schema);
        if (branches.size() == 1) {
            return type(branches.getFirst());
        }
        List<NestedField> fields = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Schema branch : branches) {
            if (!names.add(branchName(branch).toLowerCase(Locale.ROOT))) {
                throw new NoSuchColumn("a union has more than one branch " + branchName(branch));
            }
            if (!isNothing(branch)) {
                fields.add(NestedField.optional(id(), branchName(branch), type(branch)));
            }
        }
        return Types.StructType.of(fields);
    }

    private static @Nullable Type logical(Schema schema) {
        LogicalType logical = schema.getLogicalType();
        return switch (logical) {
            case null -> null;
            case LogicalTypes.Decimal decimal -> decimal(decimal);
            case LogicalTypes.Date _ -> Types.DateType.get();
            case LogicalTypes.TimeMillis _ -> Types.TimeType.get();
            case LogicalTypes.TimeMicros _ -> Types.TimeType.get();
            case LogicalTypes.TimestampMillis _ -> Types.TimestampType.withZone();
            case LogicalTypes.TimestampMicros _ -> Types.TimestampType.withZone();
            case LogicalTypes.LocalTimestampMillis _ -> Types.TimestampType.withoutZone();
            case LogicalTypes.LocalTimestampMicros _ -> Types.TimestampType.withoutZone();
            case LogicalTypes.Uuid _ -> Types.UUIDType.get();
            default -> null;
        };
    }

    private static Type decimal(LogicalTypes.Decimal decimal) {
        if (decimal.getPrecision() > MAX_DECIMAL_DIGITS) {
            throw new NoSuchColumn(
                    "a decimal has " + decimal.getPrecision() + " digits; " + MAX_DECIMAL_DIGITS + " are possible");
        }
        return Types.DecimalType.of(decimal.getPrecision(), decimal.getScale());
    }
}
