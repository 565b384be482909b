package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableName;
import io.weir.lakehouse.mirror.CatalogMirror;
import io.weir.lakehouse.sample.Fuse;
import io.weir.lakehouse.sample.PlainBatches.Entry;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics' tables in a JDBC catalog, which follows their own. */
class MirroredTablesTest {
    private static final byte[] NOT_TEXT = {(byte) 0xff};

    @TempDir
    private Path staging;

    private MirrorWorld world;
    private CatalogMirror mirror;

    @BeforeEach
    void makeWorld() throws SQLException {
        world = new MirrorWorld(staging, 1);
        world.sink.restart();
        mirror = world.mirror();
    }

    @AfterEach
    void closeWorld() {
        world.close();
    }

    private void feed(String topic, int records) {
        for (int i = 0; i < records; i++) {
            world.sink.produce(topic, 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v" + i));
        }
        world.sink.run(Duration.ofSeconds(13));
    }

    private void delete(String topic) {
        world.sink
                .metadata
                .deleteTopic(TenantId.DEFAULT, world.sink.topic(topic).id())
                .join();
    }

    private void assertOffsets(String topic, long records) {
        assertThat(world.rows("topics", topic))
                .extracting(row -> (Long) row.getField("_offset"))
                .containsExactlyInAnyOrder(LongStream.range(0, records).boxed().toArray(Long[]::new));
    }

    @Test
    void showsATopicsTableAndItsDeadLettersAndEveryCommitThatFollows() {
        // Given
        world.sink.metadata.create("t", 1, Map.of("table.value-format", "utf8"));
        world.sink.produce("t", 0, Entry.of(SinkWorld.EPOCH_MS, NOT_TEXT));
        feed("t", 3);

        // When
        assertThat(mirror.pass()).isTrue();

        // Then
        world.assertCurrent();
        assertThat(world.rows("topics", "t")).hasSize(3);
        assertThat(world.rows("dead_letters", "t")).hasSize(1);
        for (int commit = 1; commit <= 5; commit++) {
            feed("t", 2);
            assertThat(mirror.pass()).isTrue();
            world.assertCurrent();
            assertThat(world.rows("topics", "t")).hasSize(3 + 2 * commit);
        }
    }

    @Test
    void writesNothingToTheTableStoreAndNothingToTheDatabaseWhenNothingHasChanged() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        int objects = world.sink.store.objects().size();

        // When
        mirror.pass();
        int changes = world.database.changes();
        world.sink.nowMs += Duration.ofHours(1).toMillis();
        assertThat(mirror.pass()).isTrue();

        // Then
        assertThat(world.sink.store.objects()).hasSize(objects);
        assertThat(world.database.changes()).isEqualTo(changes);
    }

    @Test
    void aProcessThatDiesBetweenTheTwoCommitsIsFollowedByOneThatMakesTheSecond() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        mirror.pass();
        feed("t", 2);

        // When
        world.sink.restart();
        assertThat(world.mirror().pass()).isTrue();

        // Then
        world.assertCurrent();
        assertOffsets("t", 5);
    }

    @Test
    void aProcessThatDiesBehindTheSecondCommitIsFollowedByOneThatFindsItMade() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        Fuse fuse = new Fuse();
        CatalogMirror dying = world.mirror(fuse);
        for (int calls = 1; !world.shows("topics", "t"); calls++) {
            fuse.burnAfter(calls, true);
            dying.pass();
            fuse = new Fuse();
            dying = world.mirror(fuse);
        }
        int changes = world.database.changes();

        // When
        assertThat(world.mirror().pass()).isTrue();

        // Then
        assertThat(world.database.changes()).isEqualTo(changes);
        world.assertCurrent();
        assertOffsets("t", 3);
    }

    @Test
    void aCommitWhoseAnswerWasLostIsNotMadeAgain() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        mirror.pass();
        feed("t", 2);
        int changes = world.database.changes();

        // When
        world.database.loseNextAnswer();
        assertThat(mirror.pass()).isFalse();
        world.sink.nowMs += 1_000;
        assertThat(mirror.pass()).isTrue();

        // Then
        assertThat(world.database.changes()).isEqualTo(changes + 1);
        world.assertCurrent();
        assertOffsets("t", 5);
    }

    @Test
    void oneThatWakesLateDoesNotTakeTheTableBack() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        mirror.pass();
        feed("t", 2);
        CatalogMirror faster = world.mirror();

        // When it sleeps right before its commit
        world.database.beforeChange(() -> {
            feed("t", 4);
            assertThat(faster.pass()).isTrue();
        });
        assertThat(mirror.pass()).isFalse();

        // Then
        world.assertCurrent();
        assertOffsets("t", 9);
        world.sink.nowMs += 1_000;
        assertThat(mirror.pass()).isTrue();
        world.assertCurrent();
    }

    @Test
    void oneThatSleepsBehindTheConfirmationDoesNotTakeTheTableBack() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        mirror.pass();
        feed("t", 2);
        CatalogMirror faster = world.mirror();

        // When
        world.afterConfirmation(() -> {
            feed("t", 4);
            assertThat(faster.pass()).isTrue();
        });
        assertThat(mirror.pass()).isFalse();

        // Then
        world.assertCurrent();
        assertOffsets("t", 9);
    }

    @Test
    void whoKnowsAnOldImageOnlyShowsWhatTheMetadataGroupConfirms() {
        // Given a table that is shown, and one who looked at the image before its last commit
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        var old = world.sink.metadata.image().tables();
        feed("t", 2);
        mirror.pass();
        CatalogMirror late = world.mirror(new Fuse(), () -> old);

        // When
        late.pass();

        // Then
        world.assertCurrent();
        assertOffsets("t", 5);
    }

    @Test
    void aTableOfSomebodyElsesIsLeftAloneAndHoldsNobodyUp() {
        // Given
        JdbcCatalog foreign = world.catalog(new InMemoryFileIO());
        foreign.createNamespace(org.apache.iceberg.catalog.Namespace.of("topics"));
        Schema schema = new Schema(Types.NestedField.required(1, "theirs", Types.LongType.get()));
        foreign.createTable(TableIdentifier.of("topics", "a"), schema, null, "s3://elsewhere/a", Map.of());
        for (String topic : List.of("a", "b")) {
            world.sink.metadata.create(topic, 1);
            feed(topic, 3);
        }

        // When
        assertThat(mirror.pass()).isFalse();

        // Then
        assertOffsets("b", 3);
        assertThat(foreign.loadTable(TableIdentifier.of("topics", "a")).schema().sameSchema(schema))
                .isTrue();
    }

    @Test
    void whatIsDroppedOrRenamedIsTakenOutAndWhatIsMadeAgainIsShownAgain() {
        // Given
        for (String topic : List.of("dropped", "renamed", "again")) {
            world.sink.metadata.create(topic, 1);
            feed(topic, 3);
        }
        assertThat(mirror.pass()).isTrue();
        var tables = world.sink.metadata.tables();
        tables.createNamespace(TenantId.DEFAULT, new Namespace(List.of("mine"), Map.of()))
                .join();

        // When
        delete("dropped");
        tables.rename(
                        TenantId.DEFAULT,
                        new TableName(List.of("topics"), "renamed"),
                        new TableName(List.of("mine"), "renamed"))
                .join();
        delete("again");
        world.sink.metadata.create("again", 1);
        feed("again", 2);
        assertThat(mirror.pass()).isTrue();

        // Then
        world.assertCurrent();
        assertThat(world.shows("topics", "dropped")).isFalse();
        assertThat(world.rows("mine", "renamed")).hasSize(3);
        assertOffsets("again", 2);
    }

    @Test
    void whatWasDroppedWhileNobodyLookedIsTakenOutByTheNextOne() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        mirror.pass();

        // When its files are gone, too
        String location = world.sink.table("t").location();
        delete("t");
        world.sink.files().deletePrefix(location);
        assertThat(world.mirror().pass()).isTrue();

        // Then
        world.assertCurrent();
    }

    @Test
    void aCatalogThatWasAwayForLongIsCaughtUpWithThoughTheFileItNamesIsGone() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 1);
        mirror.pass();
        String before = world.location("topics", "t");

        // When
        world.database.away(true);
        int records = 1;
        for (; records < 65; records++) {
            feed("t", 1);
            assertThat(mirror.pass()).isFalse();
        }
        assertThat(world.sink.files().newInputFile(before).exists()).isFalse();
        world.database.away(false);
        world.sink.nowMs += Duration.ofMinutes(1).toMillis();
        assertThat(mirror.pass()).isFalse();
        world.sink.nowMs += Duration.ofMinutes(1).toMillis();

        // Then
        assertThat(mirror.pass()).isTrue();
        world.assertCurrent();
        assertOffsets("t", records);
    }

    @Test
    void whatSomebodyElseCommitsThroughTheOtherCatalogIsReplaced() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        mirror.pass();

        // When
        world.shown("topics", "t").updateProperties().set("theirs", "1").commit();
        feed("t", 1);
        assertThat(mirror.pass()).isTrue();

        // Then
        world.assertCurrent();
        assertOffsets("t", 4);
    }

    @Test
    void whatSomebodyElseTakesOutIsShownAgain() {
        // Given
        world.sink.metadata.create("t", 1);
        feed("t", 3);
        mirror.pass();
        world.catalog(world.sink.files()).dropTable(TableIdentifier.of("topics", "t"), false);

        // When
        assertThat(mirror.pass()).isTrue();
        assertThat(world.shows("topics", "t")).isFalse();
        world.sink.nowMs += Duration.ofMinutes(5).toMillis();
        assertThat(mirror.pass()).isTrue();

        // Then
        world.assertCurrent();
    }
}
