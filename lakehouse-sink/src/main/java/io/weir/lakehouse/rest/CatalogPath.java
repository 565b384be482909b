package io.weir.lakehouse.rest;

import io.weir.contracts.table.TableName;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.rest.RESTUtil;

/** What a request's path names. */
sealed interface CatalogPath {
    record Config() implements CatalogPath {}

    record Namespaces() implements CatalogPath {}

    record OneNamespace(Namespace namespace) implements CatalogPath {}

    record NamespaceProperties(Namespace namespace) implements CatalogPath {}

    record Tables(Namespace namespace) implements CatalogPath {}

    record Register(Namespace namespace) implements CatalogPath {}

    record Views(Namespace namespace) implements CatalogPath {}

    record OneView(TableIdentifier view) implements CatalogPath {}

    record OneTable(TableIdentifier table) implements CatalogPath {}

    record TableMetrics(TableIdentifier table) implements CatalogPath {}

    record RenameTable() implements CatalogPath {}

    record CommitTransaction() implements CatalogPath {}

    /** Between the levels of a namespace, percent-encoded as clients send it. */
    String SEPARATOR = "%1F";

    /** Longest name with every character percent-encoded, in UTF-8. */
    int MAX_SEGMENT_CHARS = TableName.MAX_CHARS * 9;

    /**
     * @param path as sent
     * @return empty when it names nothing
     * @throws BadRequestException when it holds a name that is none
     */
    static Optional<CatalogPath> of(String path) {
        List<String> parts = Arrays.asList(path.split("/", -1));
        if (parts.size() < 3 || !parts.get(0).isEmpty() || !parts.get(1).equals("v1")) {
            return Optional.empty();
        }
        List<String> rest = parts.subList(2, parts.size());
        return switch (rest.getFirst()) {
            case "config" -> only(rest, new Config());
            case "tables" -> fixed(rest, "rename", new RenameTable());
            case "transactions" -> fixed(rest, "commit", new CommitTransaction());
            case "namespaces" -> inNamespaces(rest.subList(1, rest.size()));
            default -> Optional.empty();
        };
    }

    private static Optional<CatalogPath> only(List<String> parts, CatalogPath path) {
        return parts.size() == 1 ? Optional.of(path) : Optional.empty();
    }

    private static Optional<CatalogPath> fixed(List<String> parts, String second, CatalogPath path) {
        return parts.size() == 2 && parts.get(1).equals(second) ? Optional.of(path) : Optional.empty();
    }

    private static Optional<CatalogPath> inNamespaces(List<String> parts) {
        if (parts.isEmpty()) {
            return Optional.of(new Namespaces());
        }
        Namespace namespace = namespace(parts.getFirst());
        return switch (parts.size()) {
            case 1 -> Optional.of(new OneNamespace(namespace));
            case 2 -> inNamespace(namespace, parts.get(1));
            case 3 ->
                switch (parts.get(1)) {
                    case "tables" -> Optional.of(new OneTable(table(namespace, parts.get(2))));
                    case "views" -> Optional.of(new OneView(table(namespace, parts.get(2))));
                    default -> Optional.empty();
                };
            case 4 ->
                parts.get(1).equals("tables") && parts.get(3).equals("metrics")
                        ? Optional.of(new TableMetrics(table(namespace, parts.get(2))))
                        : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Optional<CatalogPath> inNamespace(Namespace namespace, String part) {
        return switch (part) {
            case "properties" -> Optional.of(new NamespaceProperties(namespace));
            case "tables" -> Optional.of(new Tables(namespace));
            case "register" -> Optional.of(new Register(namespace));
            case "views" -> Optional.of(new Views(namespace));
            default -> Optional.empty();
        };
    }

    private static Namespace namespace(String encoded) {
        int most = io.weir.contracts.table.Namespace.MAX_LEVELS * (MAX_SEGMENT_CHARS + SEPARATOR.length());
        requireNoLongerThan(most, encoded);
        return legal(RESTUtil.decodeNamespaceAsPathSegment(encoded, SEPARATOR));
    }

    /** The namespace of a query's parameter. */
    static Namespace parent(String decoded) {
        return decoded.isEmpty() ? Namespace.empty() : legal(RESTUtil.namespaceFromQueryParam(decoded));
    }

    private static Namespace legal(Namespace namespace) {
        try {
            new io.weir.contracts.table.Namespace(List.of(namespace.levels()), java.util.Map.of());
            return namespace;
        } catch (IllegalArgumentException illegal) {
            throw new BadRequestException("%s", illegal.getMessage());
        }
    }

    private static TableIdentifier table(Namespace namespace, String encoded) {
        requireNoLongerThan(MAX_SEGMENT_CHARS, encoded);
        String name = RESTUtil.decodePathSegment(encoded);
        try {
            return TableIdentifier.of(namespace, new TableName(List.of(namespace.levels()), name).name());
        } catch (IllegalArgumentException illegal) {
            throw new BadRequestException("%s", illegal.getMessage());
        }
    }

    private static void requireNoLongerThan(int chars, String encoded) {
        if (encoded.length() > chars) {
            throw new BadRequestException("A name of %s characters is too long", encoded.length());
        }
    }
}
