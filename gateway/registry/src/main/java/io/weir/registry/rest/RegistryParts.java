package io.weir.registry.rest;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.registry.registration.Awaiting;
import io.weir.registry.registration.Registrations;

/** What the API answers from. */
public record RegistryParts(
        TenantId tenant,
        MetadataSource metadata,
        SchemaCommands commands,
        Registrations registrations,
        Awaiting awaiting) {}
