package io.weir.metadata.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.metadata.MetadataService;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.command.TableCommand;
import io.weir.metadata.image.Catalogs;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TableCodecTest extends CodecContract {
    private static final TenantId TENANT = TenantId.DEFAULT;

    private static final TopicId ORDERS = new TopicId(new UUID(1, 2));
    private static final TopicId GONE = new TopicId(new UUID(3, 4));
    private static final UUID TABLE = new UUID(5, 6);
    private static final UUID DEAD = new UUID(7, 8);
    private static final UUID MINE = new UUID(9, 10);
    private static final TableName NAME = new TableName(List.of("topics"), "orders");
    private static final TableName DEAD_NAME = new TableName(List.of("topics", "d\u00e9"), "orders");
    private static final TableName MINE_NAME = new TableName(List.of("topics"), "mine");

    /** At least one of each. */
    private static final List<MetadataCommand> COMMANDS = List.of(
            new MetadataCommand.CreateCluster("abcdefghijklmnopqrstuv", 2, new Bounds(10, 100, 5)),
            new MetadataCommand.CreateTopic(TENANT, "orders", ORDERS, 3, Map.of()),
            new MetadataCommand.CreateTopic(TENANT, "gone", GONE, 1, Map.of()),
            tables(new TableCommand.CreateNamespace(TENANT, new Namespace(List.of("topics"), Map.of("k", "v")))),
            tables(new TableCommand.CreateNamespace(TENANT, new Namespace(List.of("topics", "d\u00e9"), Map.of()))),
            tables(new TableCommand.CreateNamespace(TENANT, new Namespace(List.of("empty"), Map.of()))),
            tables(new TableCommand.AlterNamespace(TENANT, List.of("topics"), changes("k", null, "owner", "me"))),
            tables(new TableCommand.DropNamespace(TENANT, List.of("empty"))),
            tables(new TableCommand.AcquireFeed(ORDERS, new NodeId(7))),
            tables(new TableCommand.AcquireFeed(GONE, new NodeId(8))),
            tables(new TableCommand.Commit(
                    TENANT,
                    List.of(
                            new TableChange.Create(NAME, TABLE, "s3://weir/t", "s3://weir/t/1.json", ORDERS),
                            new TableChange.Create(DEAD_NAME, DEAD, "s3://weir/d", "s3://weir/d/1.json", ORDERS)),
                    new FeedAdvance(NAME, ORDERS, new Epoch(1), moves(1, 0, 10, 2, 0, 0, 3, 0, 1L << 40)))),
            tables(new TableCommand.Commit(
                    TENANT,
                    List.of(
                            new TableChange.Replace(NAME, TABLE, "s3://weir/t/1.json", "s3://weir/t/2.json"),
                            new TableChange.Create(MINE_NAME, MINE, "s3://weir/m", "s3://weir/m/1.json", null)),
                    null)),
            tables(new TableCommand.RenameTable(TENANT, MINE_NAME, new TableName(List.of("topics"), "yours"))),
            tables(new TableCommand.DropTable(TENANT, DEAD_NAME, DEAD, true)),
            tables(new TableCommand.ForgetDropped(new UUID(11, 12))),
            new MetadataCommand.DeleteTopic(TENANT, GONE));

    private static MetadataCommand tables(TableCommand command) {
        return new MetadataCommand.Tables(command);
    }

    TableCodecTest() {
        super("table", COMMANDS);
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    void mutatedEntriesAndSnapshotsForLong() throws Exception {
        mutateForLong();
    }

    @Test
    void theCommandsLeaveSomethingOfEachKind() {
        Catalogs tables = image().tables();
        assertThat(tables.tables()).hasSize(2);
        assertThat(tables.dropped()).hasSize(1);
        assertThat(tables.feeds()).hasSize(1);
        assertThat(tables.tableOf(ORDERS).orElseThrow().watermark()).hasSize(2);
    }

    @Test
    void keepsTheLargestCommitWithinAnEntry() throws IOException {
        String location = "\u20ac".repeat(TablePointer.MAX_LOCATION_CHARS - 2);
        List<String> deepest = Collections.nCopies(Namespace.MAX_LEVELS, "\u20ac".repeat(TableName.MAX_CHARS));
        List<TableChange> changes = new ArrayList<>();
        for (int i = 0; i < TableCommands.MAX_CHANGES; i++) {
            TableName name = new TableName(deepest, "\u20ac".repeat(TableName.MAX_CHARS - 2) + i);
            changes.add(new TableChange.Create(name, new UUID(1, i), location, location + i, ORDERS));
        }
        SortedMap<StreamId, OffsetRange> moves = new TreeMap<>();
        for (int i = 0; i < FeedAdvance.MAX_MOVES; i++) {
            moves.put(new StreamId(i), new OffsetRange(i, Long.MAX_VALUE));
        }
        MetadataCommand largest = tables(new TableCommand.Commit(
                TENANT, changes, new FeedAdvance(changes.getFirst().name(), ORDERS, new Epoch(1), moves)));
        assertThat(decoded(largest)).containsExactly(largest);
        assertThat(CommandCodec.encode(largest).remaining())
                .as("with another 1 MiB of commands before it")
                .isLessThan(MetadataService.MAX_ENTRY_BYTES - (2 << 20));
    }

    @Test
    void refusesUnknownTagsAndKinds() {
        for (int tag : new int[] {TableCommandCodec.FIRST_TAG - 1, TableCommandCodec.LAST_TAG + 1}) {
            assertThatThrownBy(
                            () -> decode(new WireWriter(16).u8(tag).string("t").string("s")))
                    .isInstanceOf(MalformedException.class)
                    .hasMessageContaining(String.valueOf(tag));
        }
        WireWriter unknownKind =
                new WireWriter(64).u8(23).string("t").u8(1).u8(3).raw(new byte[40], 0, 40);
        assertThatThrownBy(() -> decode(unknownKind)).hasMessageContaining("Unknown change 3");
    }

    /** Triples of stream, from and to. */
    private static SortedMap<StreamId, OffsetRange> moves(long... triples) {
        SortedMap<StreamId, OffsetRange> moves = new TreeMap<>();
        for (int i = 0; i < triples.length; i += 3) {
            moves.put(new StreamId(triples[i]), new OffsetRange(triples[i + 1], triples[i + 2]));
        }
        return moves;
    }
}
