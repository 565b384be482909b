package io.weir.metadata;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaResult;
import io.weir.contracts.schema.SubjectMode;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.command.SchemaCommand;
import io.weir.metadata.command.SchemaRules;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Commands about schemas as proposals to the metadata group. */
final class ProposedSchemas implements SchemaCommands {
    private final ProposedCommands commands;

    ProposedSchemas(ProposedCommands commands) {
        this.commands = commands;
    }

    @Override
    public CompletableFuture<SchemaResult<SubjectVersion>> register(
            TenantId tenant, String subject, SchemaDefinition definition, long expectedRevision) {
        return propose(new SchemaCommand.Register(tenant, subject, definition, expectedRevision));
    }

    @Override
    public CompletableFuture<SchemaResult<SubjectVersion>> importSchema(
            TenantId tenant, String subject, SchemaDefinition definition, SchemaId id, int version) {
        return propose(new SchemaCommand.Import(tenant, subject, definition, id, version));
    }

    @Override
    public CompletableFuture<SchemaResult<Integer>> deleteVersion(
            TenantId tenant, String subject, int version, boolean permanently) {
        return propose(new SchemaCommand.DeleteVersion(tenant, subject, version, permanently));
    }

    @Override
    public CompletableFuture<SchemaResult<List<Integer>>> deleteSubject(
            TenantId tenant, String subject, boolean permanently) {
        return propose(new SchemaCommand.DeleteSubject(tenant, subject, permanently));
    }

    @Override
    public CompletableFuture<SchemaResult<CompatibilityLevel>> setLevel(
            TenantId tenant, @Nullable String subject, @Nullable CompatibilityLevel level) {
        return propose(new SchemaCommand.SetLevel(tenant, subject, level));
    }

    @Override
    public CompletableFuture<SchemaResult<SubjectMode>> setMode(
            TenantId tenant, @Nullable String subject, @Nullable SubjectMode mode, boolean force) {
        return propose(new SchemaCommand.SetMode(tenant, subject, mode, force));
    }

    /** Illegal commands are not proposed: see {@link ProposedCommands}. */
    private <T> CompletableFuture<SchemaResult<T>> propose(SchemaCommand command) {
        var violation = SchemaRules.violated(command);
        if (violation.isPresent()) {
            return CompletableFuture.completedFuture(new SchemaResult.Rejected<>(
                    violation.get().reason(), violation.get().message()));
        }
        CompletableFuture<MetadataResult<SchemaResult<T>>> proposed =
                commands.propose(new MetadataCommand.Schemas(command));
        return proposed.thenApply(result -> switch (result) {
            case MetadataResult.Accepted<SchemaResult<T>>(SchemaResult<T> decided) -> decided;
            case MetadataResult.Rejected<SchemaResult<T>> rejected ->
                throw new IllegalStateException("A command about schemas was refused as " + rejected);
        });
    }
}
