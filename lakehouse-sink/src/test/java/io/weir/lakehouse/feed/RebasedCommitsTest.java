package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.lakehouse.columns.RegisteredSchemas;
import io.weir.lakehouse.sample.PlainBatches.Entry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users who change a table between the writing of its data files and their commit, once or again. */
class RebasedCommitsTest {
    private static final Duration A_COMMIT = Duration.ofSeconds(13);

    @TempDir
    private Path staging;

    private SinkWorld world;

    @BeforeEach
    void makeWorld() {
        world = new SinkWorld(staging, 1);
        world.schemas = new RegisteredSchemas(
                TenantId.DEFAULT, () -> world.metadata.image().schemas());
        world.restart();
    }

    /** Right before each of the feed's next attempts to commit somebody else is faster. */
    private Deque<Consumer<Table>> beforeEachAttempt(List<Consumer<Table>> changes) {
        Deque<Consumer<Table>> left = new ArrayDeque<>(changes);
        world.fuse.atCommit(() -> {
            if (!left.isEmpty()) {
                world.commitAsUser("t", left.removeFirst());
            }
        });
        return left;
    }

    private static Consumer<Table> set(String property) {
        return table -> table.updateProperties().set(property, "x").commit();
    }

    /** Of a record with {@code n} and, when they are given, more fields behind it. */
    private int schema(String type, String more) {
        return world.metadata
                .schemas()
                .avro(
                        "t-value",
                        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"n\",\"type\":\"" + type + "\"}"
                                + more + "]}")
                .id()
                .value();
    }

    /** A value of the schema; each number of the datum is one byte. */
    private static Entry value(int id, int... datum) {
        ByteBuffer value = ByteBuffer.allocate(5 + datum.length).put((byte) 0).putInt(id);
        for (int each : datum) {
            value.put((byte) each);
        }
        return Entry.of(SinkWorld.EPOCH_MS, value.array());
    }

    /** A table whose only row has a 1 in {@code n}, an int. */
    private int tableOfInts() {
        world.metadata.create("t", 1, Map.of("table.value-format", "avro"));
        int schema = schema("int", "");
        world.produce("t", 0, value(schema, 2));
        world.run(A_COMMIT);
        assertThat(rows("n")).containsExactly("0 1");
        return schema;
    }

    /** Each row's offset and these columns. */
    private List<String> rows(String... columns) {
        return world.rows("t").stream()
                .map(row -> {
                    StringBuilder shown = new StringBuilder(String.valueOf(row.getField("_offset")));
                    for (String column : columns) {
                        shown.append(' ').append(row.getField(column));
                    }
                    return shown.toString();
                })
                .sorted()
                .toList();
    }

    private double failures() {
        return world.meters.get("weir.table.failures").counter().count();
    }

    @Test
    void columnsThatGrewAreThereWhenTwoOthersWereFaster() {
        // Given
        int first = tableOfInts();
        int second = schema("int", ",{\"name\":\"m\",\"type\":\"boolean\",\"default\":true}");
        int third = schema("int", ",{\"name\":\"o\",\"type\":\"int\",\"default\":0}");
        world.produce("t", 0, value(first, 4), value(second, 6, 1), value(third, 8, 10));

        // When
        Deque<Consumer<Table>> left = beforeEachAttempt(List.of(set("a"), set("b")));
        world.run(A_COMMIT);

        // Then
        assertThat(left).isEmpty();
        assertThat(rows("n", "m", "o"))
                .containsExactly("0 1 null null", "1 2 null null", "2 3 true null", "3 4 null 5");
        assertThat(world.table("t").properties()).containsKeys("a", "b");
        assertThat(failures()).isZero();
    }

    @Test
    void aColumnThatBecameWiderIsSoWhenTwoOthersWereFaster() {
        // Given
        int narrow = tableOfInts();
        int wide = schema("long", "");
        world.produce("t", 0, value(narrow, 4), value(wide, 0xfe, 0xff, 0xff, 0xff, 0x1f));

        // When
        Deque<Consumer<Table>> left = beforeEachAttempt(List.of(set("a"), set("b")));
        world.run(A_COMMIT);

        // Then
        assertThat(left).isEmpty();
        assertThat(world.table("t").schema().findType("n")).isEqualTo(Types.LongType.get());
        assertThat(rows("n")).containsExactly("0 1", "1 2", "2 4294967295");
        assertThat(failures()).isZero();
    }

    @Test
    void aColumnThatGrewIsThereWhenAUserHasUsedItsIdUp() {
        // Given
        tableOfInts();
        int second = schema("int", ",{\"name\":\"m\",\"type\":\"boolean\",\"default\":true}");
        world.produce("t", 0, value(second, 6, 1));

        // When
        Consumer<Table> useUp = table -> {
            table.updateSchema().addColumn("mine", Types.BooleanType.get()).commit();
            table.updateSchema().deleteColumn("mine").commit();
        };
        Deque<Consumer<Table>> left = beforeEachAttempt(List.of(useUp));
        world.run(A_COMMIT);

        // Then
        assertThat(left).isEmpty();
        assertThat(rows("n", "m")).containsExactly("0 1 null", "1 3 true");
    }

    @Test
    void aColumnThatAUserDropsBehindTheFilesIsAddedAnewForTheirRecords() {
        // Given
        int schema = tableOfInts();
        world.produce("t", 0, value(schema, 4));

        // When
        Consumer<Table> drop = table -> table.updateSchema().deleteColumn("n").commit();
        Deque<Consumer<Table>> left = beforeEachAttempt(List.of(drop));
        world.run(A_COMMIT);

        // Then
        assertThat(left).isEmpty();
        assertThat(rows("n")).containsExactly("0 null", "1 2");
    }

    @Test
    void filesOfAPartitioningThatAUserWasFasterToReplaceAreWrittenAnew() {
        // Given
        int schema = tableOfInts();
        world.configure("t", "table.partition-by", "hour");
        world.produce("t", 0, value(schema, 4), value(schema, 6));

        // When
        Consumer<Table> byNumber = table -> table.updateSpec()
                .removeField("_timestamp_day")
                .addField(Expressions.ref("n"))
                .commit();
        Deque<Consumer<Table>> left = beforeEachAttempt(List.of(byNumber, set("a")));
        world.run(A_COMMIT);

        // Then
        assertThat(left).isEmpty();
        assertThat(rows("n")).containsExactly("0 1", "1 2", "2 3");
        assertThat(world.table("t").spec().fields())
                .extracting(PartitionField::name)
                .containsExactly("_timestamp_hour");
    }
}
