package io.weir.lakehouse.rest;

import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.http.HttpResource;
import io.weir.lakehouse.catalog.PointerCatalog;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.rest.CatalogHandlers;
import org.apache.iceberg.rest.Endpoint;
import org.apache.iceberg.rest.requests.CreateNamespaceRequest;
import org.apache.iceberg.rest.requests.UpdateNamespacePropertiesRequest;
import org.apache.iceberg.rest.responses.ConfigResponse;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.apache.iceberg.rest.responses.ListTablesResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tenant's catalog below {@code /iceberg}, as Iceberg's REST protocol has it.
 *
 * <p>Threading: any thread that may block.
 */
public final class CatalogResource implements HttpResource {
    /** Largest request; a commit of 64 tables with wide schemas is far below it. */
    public static final int MAX_BODY_BYTES = 8 << 20;

    /** Most names on one page. */
    public static final int MAX_PAGE = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(CatalogResource.class);

    private static final List<Endpoint> ENDPOINTS = List.of(
            Endpoint.V1_LIST_NAMESPACES,
            Endpoint.V1_LOAD_NAMESPACE,
            Endpoint.V1_NAMESPACE_EXISTS,
            Endpoint.V1_CREATE_NAMESPACE,
            Endpoint.V1_UPDATE_NAMESPACE,
            Endpoint.V1_DELETE_NAMESPACE,
            Endpoint.V1_COMMIT_TRANSACTION,
            Endpoint.V1_LIST_TABLES,
            Endpoint.V1_LOAD_TABLE,
            Endpoint.V1_TABLE_EXISTS,
            Endpoint.V1_CREATE_TABLE,
            Endpoint.V1_UPDATE_TABLE,
            Endpoint.V1_DELETE_TABLE,
            Endpoint.V1_RENAME_TABLE,
            Endpoint.V1_REGISTER_TABLE,
            Endpoint.V1_REPORT_METRICS,
            Endpoint.V1_LIST_VIEWS);

    private final PointerCatalog catalog;
    private final TableRequests tables;
    private final ClientSettings settings;
    private final CatalogJson json = new CatalogJson();

    public CatalogResource(PointerCatalog catalog, ClientSettings settings) {
        this.catalog = catalog;
        this.settings = settings;
        this.tables = new TableRequests(catalog, settings, json);
    }

    @Override
    public String prefix() {
        return "/iceberg";
    }

    @Override
    public int maxBodyBytes() {
        return MAX_BODY_BYTES;
    }

    @Override
    public HttpAnswer answer(HttpQuestion question) {
        try {
            Optional<CatalogPath> path = CatalogPath.of(question.path());
            if (path.isEmpty()) {
                return refused(CatalogErrors.NOT_FOUND, "NoSuchPath", "There is nothing at " + question.path());
            }
            return at(path.get(), question);
        } catch (RuntimeException failure) {
            Optional<ErrorResponse> error = CatalogErrors.of(failure);
            if (error.isEmpty()) {
                throw failure;
            }
            if (error.get().code() >= CatalogErrors.INTERNAL) {
                LOG.atWarn()
                        .addKeyValue("method", question.method())
                        .addKeyValue("path", question.path())
                        .setCause(failure)
                        .log("A request to the catalog failed");
            }
            return json.answer(error.get().code(), error.get());
        }
    }

    private HttpAnswer refused(int status, String type, String message) {
        return json.answer(status, CatalogErrors.error(status, type, message));
    }

    private HttpAnswer at(CatalogPath path, HttpQuestion question) {
        String method = question.method();
        return switch (path) {
            case CatalogPath.Config() when method.equals("GET") -> config();
            case CatalogPath.Namespaces() when method.equals("GET") -> listNamespaces(question);
            case CatalogPath.Namespaces()
            when method.equals("POST") ->
                json.answer(
                        CatalogHandlers.createNamespace(catalog, json.request(question, CreateNamespaceRequest.class)));
            case CatalogPath.OneNamespace(Namespace namespace) -> namespace(namespace, question);
            case CatalogPath.NamespaceProperties(Namespace namespace)
            when method.equals("POST") ->
                json.answer(CatalogHandlers.updateNamespaceProperties(
                        catalog, namespace, json.request(question, UpdateNamespacePropertiesRequest.class)));
            case CatalogPath.Tables(Namespace namespace) when method.equals("GET") -> listTables(namespace, question);
            case CatalogPath.Tables(Namespace namespace)
            when method.equals("POST") -> tables.create(namespace, question);
            case CatalogPath.Register(Namespace namespace)
            when method.equals("POST") -> tables.register(namespace, question);
            case CatalogPath.OneTable(TableIdentifier table) -> table(table, question);
            case CatalogPath.TableMetrics(TableIdentifier table)
            when method.equals("POST") -> tables.metrics(table, question);
            case CatalogPath.RenameTable() when method.equals("POST") -> tables.rename(question);
            case CatalogPath.CommitTransaction() when method.equals("POST") -> tables.commitSeveral(question);
            case CatalogPath.Views(Namespace namespace) when method.equals("GET") -> listViews(namespace);
            case CatalogPath.OneView(TableIdentifier view) ->
                throw new NoSuchViewException("View does not exist: %s", view);
            default -> wrongMethod(question);
        };
    }

    private HttpAnswer wrongMethod(HttpQuestion question) {
        return refused(
                CatalogErrors.METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                question.method() + " is not possible at " + question.path());
    }

    private HttpAnswer config() {
        ConfigResponse.Builder config =
                ConfigResponse.builder().withDefaults(settings.properties()).withEndpoints(ENDPOINTS);
        PointerCatalog.TABLE_DEFAULTS.forEach(
                (name, value) -> config.withDefault(CatalogProperties.TABLE_DEFAULT_PREFIX + name, value));
        return json.answer(config.build());
    }

    private HttpAnswer listNamespaces(HttpQuestion question) {
        Namespace parent = CatalogPath.parent(question.parameter("parent").orElse(""));
        Optional<Page> page = page(question);
        return json.answer(
                page.isPresent()
                        ? CatalogHandlers.listNamespaces(
                                catalog, parent, page.get().token(), page.get().size())
                        : CatalogHandlers.listNamespaces(catalog, parent));
    }

    private HttpAnswer listTables(Namespace namespace, HttpQuestion question) {
        Optional<Page> page = page(question);
        return json.answer(
                page.isPresent()
                        ? CatalogHandlers.listTables(
                                catalog,
                                namespace,
                                page.get().token(),
                                page.get().size())
                        : CatalogHandlers.listTables(catalog, namespace));
    }

    /** Which part of a list is wanted. */
    private record Page(String token, String size) {}

    private static Optional<Page> page(HttpQuestion question) {
        Optional<String> token = question.parameter("pageToken");
        if (token.isEmpty()) {
            return Optional.empty();
        }
        String from = token.get();
        if (!from.isEmpty()) {
            number("pageToken", from, Integer.MAX_VALUE - MAX_PAGE);
        }
        int size = question.parameter("pageSize")
                .map(text -> number("pageSize", text, Integer.MAX_VALUE))
                .orElse(MAX_PAGE);
        if (size == 0) {
            throw new BadRequestException("A pageSize of 0 is too small");
        }
        return Optional.of(new Page(from, Integer.toString(Math.min(size, MAX_PAGE))));
    }

    private static int number(String parameter, String text, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException none) {
            throw new BadRequestException(none, "The %s '%s' is not a number", parameter, text);
        }
        throw new BadRequestException("The %s %s is out of range", parameter, text);
    }

    private HttpAnswer namespace(Namespace namespace, HttpQuestion question) {
        switch (question.method()) {
            case "GET" -> {
                return json.answer(CatalogHandlers.loadNamespace(catalog, namespace));
            }
            case "HEAD" -> CatalogHandlers.namespaceExists(catalog, namespace);
            case "DELETE" -> CatalogHandlers.dropNamespace(catalog, namespace);
            default -> {
                return wrongMethod(question);
            }
        }
        return HttpAnswer.noContent();
    }

    private HttpAnswer table(TableIdentifier table, HttpQuestion question) {
        return switch (question.method()) {
            case "GET" -> tables.load(table, question);
            case "HEAD" -> tables.exists(table);
            case "POST" -> tables.commit(table, question);
            case "DELETE" -> tables.drop(table, question);
            default -> wrongMethod(question);
        };
    }

    private HttpAnswer listViews(Namespace namespace) {
        CatalogHandlers.namespaceExists(catalog, namespace);
        return json.answer(ListTablesResponse.builder().build());
    }
}
