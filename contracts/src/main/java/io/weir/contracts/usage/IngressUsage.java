package io.weir.contracts.usage;

import io.weir.contracts.identity.TenantId;

/**
 * What a tenant has written to one shard since the shard began, counted where it is exact: when batches are applied.
 *
 * @param batches applied, each once
 * @param records inside them
 * @param bytes of the batches as they were sent
 */
public record IngressUsage(TenantId tenant, long batches, long records, long bytes) {}
