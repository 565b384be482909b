package io.weir.registry;

import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.http.HttpResource;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.registry.avro.AvroLanguage;
import io.weir.registry.json.JsonLanguage;
import io.weir.registry.protobuf.ProtobufLanguage;
import io.weir.registry.registration.Awaiting;
import io.weir.registry.registration.Registrations;
import io.weir.registry.rest.RegistryApi;
import io.weir.registry.rest.RegistryParts;
import java.util.List;

/**
 * One tenant's schema registry over HTTP.
 *
 * <p>Threading: as {@link HttpResource}; schemas are parsed and compared on a few threads of its own. Durability: what
 * is answered as registered is fsynced by a quorum.
 */
public final class SchemaRegistry implements HttpResource, AutoCloseable {
    private final Registrations registrations;
    private final RegistryApi api;

    public SchemaRegistry(TenantId tenant, MetadataSource metadata, SchemaCommands commands, RegistryConfig config) {
        this.registrations = new Registrations(
                tenant,
                metadata,
                commands,
                List.of(new AvroLanguage(), new JsonLanguage(), new ProtobufLanguage()),
                config);
        this.api = RegistryApi.over(
                new RegistryParts(tenant, metadata, commands, registrations, new Awaiting(config.commandTimeout())));
    }

    @Override
    public String prefix() {
        return "/registry";
    }

    @Override
    public int maxBodyBytes() {
        return RegistryConfig.MAX_BODY_BYTES;
    }

    @Override
    public HttpAnswer answer(HttpQuestion question) {
        return api.answer(question);
    }

    @Override
    public void close() {
        registrations.close();
    }
}
