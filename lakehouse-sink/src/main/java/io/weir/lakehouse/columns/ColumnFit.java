package io.weir.lakehouse.columns;

import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * Whether a table's columns can hold others, as they are, or after they have grown in the ways that Iceberg knows: more
 * columns, int to long, float to double, more digits, required to optional.
 *
 * <p>Threading: one thread; done when it is made.
 */
final class ColumnFit {
    /** A table that has so many, those inside of others counted, does not grow. */
    static final int MAX_COLUMNS = 4_000;

    private boolean grows;
    private @Nullable String misfit;
    private final Schema wanted;

    private ColumnFit(Schema table, List<NestedField> columns) {
        this.wanted = new Schema(fields(table.columns(), columns, ""));
        int present = table.idToName().size();
        if (grows && misfit == null && present >= MAX_COLUMNS) {
            misfit = "the table has " + present + " columns, and gets no more";
        }
    }

    static ColumnFit of(Schema table, List<NestedField> columns) {
        return new ColumnFit(table, columns);
    }

    /** Why they don't fit, or null. */
    @Nullable String misfit() {
        return misfit;
    }

    boolean grows() {
        return grows;
    }

    /** The columns, no narrower than the table's. */
    Schema wanted() {
        return wanted;
    }

    private List<NestedField> fields(List<NestedField> present, List<NestedField> asked, String path) {
        List<NestedField> merged = new ArrayList<>();
        for (NestedField field : asked) {
            NestedField there = named(present, field.name(), path);
            if (there == null) {
                grows = true;
                merged.add(field);
            } else {
                grows |= there.isRequired();
                merged.add(NestedField.optional(
                        field.fieldId(), field.name(), type(there.type(), field.type(), path + field.name())));
            }
        }
        return merged;
    }

    private @Nullable NestedField named(List<NestedField> fields, String name, String path) {
        NestedField sameButForCase = null;
        for (NestedField field : fields) {
            if (field.name().equals(name)) {
                return field;
            }
            if (field.name().equalsIgnoreCase(name)) {
                sameButForCase = field;
            }
        }
        if (sameButForCase != null) {
            misfit = "column " + path + name + " is " + path + sameButForCase.name() + " to most engines";
        }
        return sameButForCase;
    }

    private Type type(Type present, Type asked, String path) {
        if (asked.isStructType() && present.isStructType()) {
            return Types.StructType.of(
                    fields(present.asStructType().fields(), asked.asStructType().fields(), path + "."));
        }
        if (asked.isListType() && present.isListType()) {
            Types.ListType list = asked.asListType();
            grows |= present.asListType().isElementRequired();
            return Types.ListType.ofOptional(
                    list.elementId(), type(present.asListType().elementType(), list.elementType(), path + "[]"));
        }
        if (asked.isMapType() && present.isMapType()) {
            Types.MapType map = asked.asMapType();
            grows |= present.asMapType().isValueRequired();
            return Types.MapType.ofOptional(
                    map.keyId(),
                    map.valueId(),
                    type(present.asMapType().keyType(), map.keyType(), path + "{key}"),
                    type(present.asMapType().valueType(), map.valueType(), path + "{value}"));
        }
        return primitive(present, asked, path);
    }

    private Type primitive(Type present, Type asked, String path) {
        if (present.equals(asked) || holds(present, asked)) {
            return present;
        }
        if (widens(present, asked)) {
            grows = true;
            return asked;
        }
        misfit = "column " + path + " is " + present + ", not " + asked;
        return present;
    }

    /** Avro's own promotions, and fewer digits. */
    private static boolean holds(Type present, Type asked) {
        return switch (asked.typeId()) {
            case INTEGER ->
                present.typeId() == Type.TypeID.LONG
                        || present.typeId() == Type.TypeID.FLOAT
                        || present.typeId() == Type.TypeID.DOUBLE;
            case LONG -> present.typeId() == Type.TypeID.FLOAT || present.typeId() == Type.TypeID.DOUBLE;
            case FLOAT -> present.typeId() == Type.TypeID.DOUBLE;
            case DECIMAL -> moreDigits(present, asked);
            default -> false;
        };
    }

    private static boolean widens(Type present, Type asked) {
        return switch (present.typeId()) {
            case INTEGER -> asked.typeId() == Type.TypeID.LONG;
            case FLOAT -> asked.typeId() == Type.TypeID.DOUBLE;
            case DECIMAL -> moreDigits(asked, present);
            default -> false;
        };
    }

    private static boolean moreDigits(Type more, Type fewer) {
        return more instanceof Types.DecimalType wide
                && fewer instanceof Types.DecimalType narrow
                && wide.scale() == narrow.scale()
                && wide.precision() >= narrow.precision();
    }
}
