package io.weir.lakehouse.columns;

import java.util.List;

/** The registered schemas of one tenant. Threading: any thread; never blocks. */
@FunctionalInterface
public interface SchemasById {
    /** There is none. */
    SchemasById NONE = id -> new Found.Missing();

    /** The schema of an id. */
    Found schema(int id);

    /** What is under an id. */
    sealed interface Found {
        /**
         * An Avro schema.
         *
         * @param text JSON
         * @param references the texts of the schemas that it uses, each after those that it uses itself
         */
        record Avro(String text, List<String> references) implements Found {}

        /** A schema of another kind. */
        record OtherKind(String kind) implements Found {}

        record Missing() implements Found {}

        /** It cannot be put together. */
        record Unreadable(String reason) implements Found {}
    }
}
