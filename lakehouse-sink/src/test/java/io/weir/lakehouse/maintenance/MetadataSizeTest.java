package io.weir.lakehouse.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A day of commits, one every ten seconds, and what they leave in the table store beside data. Takes minutes. */
@Tag("long")
class MetadataSizeTest {
    private static final int COMMITS = 8640;
    private static final int COMMITS_PER_PASS = 6;
    private static final long MOST_BYTES = 5L << 20;

    /**
     * Iceberg stamps snapshots with its own clock: what would be kept for its hour is kept for being new. There are no
     * small files to look for.
     */
    private static final MaintenanceConfig CONFIG = new MaintenanceConfig(
            MaintenanceConfig.DEFAULT.interval(),
            MaintenanceConfig.DEFAULT.targetFileBytes(),
            MaintenanceConfig.DEFAULT.smallFileBytes(),
            COMMITS,
            MaintenanceConfig.DEFAULT.candidateFiles(),
            MaintenanceConfig.DEFAULT.passBytes(),
            MaintenanceConfig.DEFAULT.rowGroupBytes(),
            MaintenanceConfig.DEFAULT.newestSnapshots() + MaintenanceConfig.DEFAULT.hourlySnapshots(),
            0,
            MaintenanceConfig.DEFAULT.expireSnapshots(),
            MaintenanceConfig.DEFAULT.manifests(),
            MaintenanceConfig.DEFAULT.settled(),
            MaintenanceConfig.DEFAULT.dropGrace(),
            MaintenanceConfig.DEFAULT.orphanGrace());

    private Instant now = Instant.now();

    @Test
    void aDayOfCommitsKeepsATablesMetadataBelowFiveMegabytes(@TempDir Path staging) {
        MaintainedTables tables = new MaintainedTables(staging);
        TableMaintenance maintenance = new TableMaintenance(
                CONFIG,
                new TableMaintenance.Ports(TenantId.DEFAULT, tables.catalog, tables.metadata, tables.files, () -> now));
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        long most = 0;
        for (int commit = 1; commit <= COMMITS; commit++) {
            MaintainedTables.appendImaginary(table, 1, MaintenanceConfig.DEFAULT.targetFileBytes());
            now = now.plus(Duration.ofSeconds(10));
            if (commit % COMMITS_PER_PASS == 0) {
                assertThat(maintenance.pass()).isTrue();
                table.refresh();
            }
            if (commit % 360 == 0) {
                most = Math.max(most, metadataBytes(tables, table.location()));
            }
        }
        assertThat(most).isLessThan(MOST_BYTES);
        assertThat(tables.pointer("orders").watermark()).hasSize(1);
    }

    private static long metadataBytes(MaintainedTables tables, String location) {
        return tables.stored(location, "").stream()
                .filter(file -> file.startsWith(location + "/metadata/"))
                .mapToLong(file -> tables.objects.bytes(new ObjectKey(file.substring("s3://weir/".length()))).length)
                .sum();
    }
}
