package io.weir.lakehouse.catalog;

import io.weir.contracts.table.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.BadRequestException;

/** Iceberg's names as ours, and back. */
final class Names {
    private Names() {}

    /** Empty for a name that no table can have. */
    static Optional<TableName> table(TableIdentifier identifier) {
        if (identifier.namespace().isEmpty()) {
            return Optional.empty();
        }
        try {
            List<String> levels = levels(identifier.namespace());
            requireNamespace(levels);
            return Optional.of(new TableName(levels, identifier.name()));
        } catch (IllegalArgumentException illegal) {
            return Optional.empty();
        }
    }

    static List<String> levels(Namespace namespace) {
        return List.of(namespace.levels());
    }

    static Namespace namespace(List<String> levels) {
        return Namespace.of(levels.toArray(String[]::new));
    }

    static TableIdentifier identifier(TableName name) {
        return TableIdentifier.of(namespace(name.namespace()), name.name());
    }

    /** @throws BadRequestException when a table of that name can only be made of a topic */
    static void requireOwn(TableName name) {
        if (TopicNamespaces.contain(name.namespace())) {
            throw new BadRequestException(
                    "%s is where topics' tables are: make yours in another namespace",
                    String.join(".", name.namespace()));
        }
    }

    private static void requireNamespace(List<String> levels) {
        new io.weir.contracts.table.Namespace(levels, Map.of());
    }
}
