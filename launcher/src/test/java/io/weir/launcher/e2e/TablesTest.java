package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import java.util.HashMap;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables through the catalog and the S3 endpoint of a server. */
@Tag("e2e")
class TablesTest {
    @TempDir
    Path directory;

    @Test
    void aUsersOwnTableOutlivesAKill() throws Exception {
        TableIdentifier mine = TableIdentifier.of("mine", "notes");
        try (ServerProcess server =
                Weir.server("tables-own", directory.resolve("data")).start()) {
            try (Catalog catalog = new Catalog(server.admin(), directory)) {
                catalog.tables().createNamespace(mine.namespace(), new HashMap<>());
                catalog.tables().createTable(mine, catalogSchema());
            }

            server.kill();
            server.start();

            try (Catalog catalog = new Catalog(server.admin(), directory)) {
                assertThat(catalog.rows(mine)).isZero();
                assertThat(catalog.tables().loadTable(mine).schema().columns()).hasSize(1);
            }
        }
    }

    private static Schema catalogSchema() {
        return new Schema(Types.NestedField.required(1, "note", Types.StringType.get()));
    }
}
