package io.weir.contracts.metadata;

import io.weir.contracts.identity.TenantId;

/** Something other than a topic that carries settings. */
public sealed interface ConfigResource {
    TenantId tenant();

    /** A consumer group, by name (KIP-848). */
    record Group(TenantId tenant, String name) implements ConfigResource {}
}
