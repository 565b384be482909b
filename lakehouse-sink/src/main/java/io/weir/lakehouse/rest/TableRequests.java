package io.weir.lakehouse.rest;

import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.table.TableName;
import io.weir.lakehouse.catalog.CatalogTransaction;
import io.weir.lakehouse.catalog.PointerCatalog;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.rest.CatalogHandlers;
import org.apache.iceberg.rest.RESTCatalogProperties.SnapshotMode;
import org.apache.iceberg.rest.requests.CommitTransactionRequest;
import org.apache.iceberg.rest.requests.CreateTableRequest;
import org.apache.iceberg.rest.requests.RegisterTableRequest;
import org.apache.iceberg.rest.requests.RenameTableRequest;
import org.apache.iceberg.rest.requests.ReportMetricsRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.rest.responses.LoadTableResponse;

/** Requests about tables. Threading: any thread that may block. */
final class TableRequests {
    private final PointerCatalog catalog;
    private final CatalogTransaction transactions;
    private final ClientSettings settings;
    private final CatalogJson json;

    TableRequests(PointerCatalog catalog, ClientSettings settings, CatalogJson json) {
        this.catalog = catalog;
        this.transactions = new CatalogTransaction(catalog);
        this.settings = settings;
        this.json = json;
    }

    /** Creates the table, or with {@code stage-create} says what it would be. */
    HttpAnswer create(Namespace namespace, HttpQuestion question) {
        CreateTableRequest request = json.request(question, CreateTableRequest.class);
        TableIdentifier table = named(namespace, request.name());
        CatalogHandlers.namespaceExists(catalog, namespace);
        if (catalog.tableExists(table)) {
            throw new AlreadyExistsException("Table already exists: %s", table);
        }
        TableMetadata draft = draft(table, request);
        return loaded(request.stageCreate() ? draft : catalog.create(table, draft));
    }

    private TableMetadata draft(TableIdentifier table, CreateTableRequest request) {
        Map<String, String> properties = new HashMap<>(PointerCatalog.TABLE_DEFAULTS);
        properties.putAll(request.properties());
        String location = request.location();
        try {
            return TableMetadata.newTableMetadata(
                    request.schema(),
                    Objects.requireNonNullElse(request.spec(), PartitionSpec.unpartitioned()),
                    Objects.requireNonNullElse(request.writeOrder(), SortOrder.unsorted()),
                    location == null ? catalog.defaultWarehouseLocation(table) : location,
                    properties);
        } catch (RuntimeException malformed) {
            throw new BadRequestException(
                    malformed, "No table %s can be made of this: %s", table, malformed.getMessage());
        }
    }

    private static TableIdentifier named(Namespace namespace, String name) {
        try {
            return TableIdentifier.of(namespace, new TableName(List.of(namespace.levels()), name).name());
        } catch (IllegalArgumentException illegal) {
            throw new BadRequestException("%s", illegal.getMessage());
        }
    }

    HttpAnswer register(Namespace namespace, HttpQuestion question) {
        RegisterTableRequest request = json.request(question, RegisterTableRequest.class);
        named(namespace, request.name());
        CatalogHandlers.namespaceExists(catalog, namespace);
        return loaded(CatalogHandlers.registerTable(catalog, namespace, request).tableMetadata());
    }

    HttpAnswer load(TableIdentifier table, HttpQuestion question) {
        SnapshotMode mode =
                question.parameter("snapshots").map(TableRequests::snapshotMode).orElse(SnapshotMode.ALL);
        return loaded(CatalogHandlers.loadTable(catalog, table, mode).tableMetadata());
    }

    private static SnapshotMode snapshotMode(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "all" -> SnapshotMode.ALL;
            case "refs" -> SnapshotMode.REFS;
            default -> throw new BadRequestException("The snapshots '%s' are neither all nor refs", text);
        };
    }

    HttpAnswer exists(TableIdentifier table) {
        CatalogHandlers.tableExists(catalog, table);
        return HttpAnswer.noContent();
    }

    HttpAnswer commit(TableIdentifier table, HttpQuestion question) {
        UpdateTableRequest request = json.request(question, UpdateTableRequest.class);
        var change = new CatalogTransaction.Change(table, request.requirements(), request.updates());
        return loaded(transactions.commit(List.of(change)).getFirst());
    }

    HttpAnswer commitSeveral(HttpQuestion question) {
        CommitTransactionRequest request = json.request(question, CommitTransactionRequest.class);
        transactions.commit(request.tableChanges().stream()
                .map(change -> new CatalogTransaction.Change(
                        named(
                                change.identifier().namespace(),
                                change.identifier().name()),
                        change.requirements(),
                        change.updates()))
                .toList());
        return HttpAnswer.noContent();
    }

    HttpAnswer drop(TableIdentifier table, HttpQuestion question) {
        String purge = question.parameter("purgeRequested").orElse("false");
        switch (purge.toLowerCase(Locale.ROOT)) {
            case "true" -> CatalogHandlers.purgeTable(catalog, table);
            case "false" -> CatalogHandlers.dropTable(catalog, table);
            default -> throw new BadRequestException("purgeRequested '%s' is neither true nor false", purge);
        }
        return HttpAnswer.noContent();
    }

    HttpAnswer rename(HttpQuestion question) {
        RenameTableRequest request = json.request(question, RenameTableRequest.class);
        CatalogHandlers.renameTable(catalog, request);
        return HttpAnswer.noContent();
    }

    /** What an engine has measured is taken, and not kept. */
    HttpAnswer metrics(TableIdentifier table, HttpQuestion question) {
        CatalogHandlers.tableExists(catalog, table);
        json.request(question, ReportMetricsRequest.class);
        return HttpAnswer.noContent();
    }

    private HttpAnswer loaded(TableMetadata metadata) {
        return json.answer(LoadTableResponse.builder()
                .withTableMetadata(metadata)
                .addAllConfig(settings.properties())
                .build());
    }
}
