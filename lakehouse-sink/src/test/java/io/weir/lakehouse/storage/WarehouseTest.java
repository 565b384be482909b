package io.weir.lakehouse.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.object.ObjectKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarehouseTest {
    private static final Warehouse WAREHOUSE = Warehouse.of("weir", "a/tables");

    @Test
    void mapsLocationsToKeysAndBack() {
        ObjectKey key = new ObjectKey("topics/orders-1/data/day=2026-11-21/0.parquet");

        String location = WAREHOUSE.location(key);

        assertThat(location).isEqualTo("s3://weir/a/tables/topics/orders-1/data/day=2026-11-21/0.parquet");
        assertThat(WAREHOUSE.key(location)).isEqualTo(key);
    }

    @Test
    void needsNoPrefix() {
        assertThat(Warehouse.of("weir", "").key("s3://weir/x")).isEqualTo(new ObjectKey("x"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://weir/a/tables",
                "s3://weir/a/tables/",
                "s3://weir/a/tablesque/x",
                "s3://other/a/tables/x",
                "s3a://weir/a/tables/x",
                "/a/tables/x",
                "",
                "s3://weir/a/tables/x/../../secret",
                "s3://weir/a/tables//x",
                "s3://weir/a/tables/with space",
                "s3://weir/a/tables/\u00fc",
                "s3://weir/a/tables/x?y",
                "s3://weir/a/tables/x#y",
            })
    void refusesLocationsThatNameNothingInIt(String location) {
        assertThatThrownBy(() -> WAREHOUSE.key(location)).isInstanceOf(IllegalArgumentException.class);
        assertThat(WAREHOUSE.keyIfLegal(location)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///tmp", "s3://", "s3://ab", "s3://weir/", "s3://weir//x", "s3://We_ir/x", "weir"})
    void refusesRootsThatAreNoPlaceInABucket(String root) {
        assertThatThrownBy(() -> new Warehouse(root)).isInstanceOf(IllegalArgumentException.class);
    }
}
