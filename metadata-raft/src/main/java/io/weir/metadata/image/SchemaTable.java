package io.weir.metadata.image;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaSettings;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.metadata.record.SchemaRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.pcollections.TreePMap;

/**
 * The schemas of every tenant.
 *
 * <p>Threading: immutable.
 */
public final class SchemaTable implements SchemaImage {
    static final SchemaTable EMPTY = new SchemaTable(TreePMap.empty());

    private final TreePMap<String, TenantSchemas> tenants;

    private SchemaTable(TreePMap<String, TenantSchemas> tenants) {
        this.tenants = tenants;
    }

    /** The table after one more fact. */
    SchemaTable evolve(SchemaRecord fact) {
        return new SchemaTable(
                tenants.plus(fact.tenant().name(), of(fact.tenant()).evolve(fact)));
    }

    /** What a tenant has. */
    public TenantSchemas of(TenantId tenant) {
        TenantSchemas schemas = tenants.get(tenant.name());
        return schemas == null ? TenantSchemas.EMPTY : schemas;
    }

    /** Tenants that have, or had, schemas or settings, in ascending order. */
    public Collection<TenantId> tenants() {
        return tenants.keySet().stream().map(TenantId::new).toList();
    }

    @Override
    public Optional<SchemaDefinition> schema(TenantId tenant, SchemaId id) {
        return Optional.ofNullable(of(tenant).definitions().get(id));
    }

    @Override
    public Optional<SchemaId> idOf(TenantId tenant, SchemaDefinition definition) {
        return Optional.ofNullable(of(tenant).ids().get(definition));
    }

    @Override
    public Collection<Usage> usages(TenantId tenant, SchemaId id) {
        TenantSchemas schemas = of(tenant);
        List<Usage> found = new ArrayList<>();
        for (String name : schemas.users(id)) {
            for (SubjectVersion version : schemas.subject(name).versions().values()) {
                if (version.id().equals(id)) {
                    found.add(new Usage(name, version));
                }
            }
        }
        return List.copyOf(found);
    }

    @Override
    public Optional<Subject> subject(TenantId tenant, String name) {
        return Optional.ofNullable(of(tenant).subjects().get(name));
    }

    @Override
    public Collection<Subject> subjects(TenantId tenant) {
        return of(tenant).subjects().values();
    }

    @Override
    public SortedSet<SchemaId> referencing(TenantId tenant, String subject, int version) {
        return new TreeSet<>(of(tenant).referencing(subject, version));
    }

    @Override
    public SchemaSettings settings(TenantId tenant) {
        return of(tenant).settings();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SchemaTable table && tenants.equals(table.tenants);
    }

    @Override
    public int hashCode() {
        return tenants.hashCode();
    }

    @Override
    public String toString() {
        return "SchemaTable" + tenants.keySet();
    }
}
