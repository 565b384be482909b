package io.weir.metadata.command;

import static io.weir.metadata.command.Cluster.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TableResult;
import io.weir.contracts.table.TableResult.Rejection;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.TableRecord;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TableDecisionsTest {
    private static final List<String> SPACE = List.of("space");

    private final Cluster created = Cluster.of(1);
    private final TopicId topic = created.topic("orders", 1).id();
    private ClusterImage image = created.image();

    @Test
    void thereAreAsManyNamespacesAsThereMayBe() {
        for (int i = 1; i < TableCommands.MAX_NAMESPACES; i++) {
            evolve(new TableRecord.NamespaceWritten(TENANT, new Namespace(List.of("n" + i), Map.of())));
        }
        accepted(namespace("last"));
        assertThat(refused(namespace("one more"))).isEqualTo(Rejection.LIMIT_REACHED);
        accepted(new TableCommand.DropNamespace(TENANT, List.of("n1")));
        accepted(namespace("one more"));
    }

    @Test
    void usersHaveAsManyTablesAsTheyMay() {
        accepted(namespace("space"));
        for (int i = 1; i < TableCommands.MAX_USER_TABLES; i++) {
            evolve(new TableRecord.TableWritten(TENANT, name("t" + i), new UUID(1, i), "l", "m", null));
        }
        accepted(create("last", new UUID(2, 1), null));
        assertThat(refused(create("one more", new UUID(2, 2), null))).isEqualTo(Rejection.LIMIT_REACHED);
        accepted(create("of a topic", new UUID(2, 3), topic));
        accepted(new TableCommand.RenameTable(TENANT, name("t1"), name("renamed")));
        accepted(new TableCommand.DropTable(TENANT, name("of a topic"), new UUID(2, 3), false));
        assertThat(refused(create("one more", new UUID(2, 2), null))).isEqualTo(Rejection.LIMIT_REACHED);
        accepted(new TableCommand.DropTable(TENANT, name("renamed"), new UUID(1, 1), false));
        accepted(create("one more", new UUID(2, 2), null));
    }

    @Test
    void noTableIsCreatedWhileTooManyThatAreDroppedHaveFiles() {
        accepted(namespace("space"));
        accepted(create("first", new UUID(2, 1), topic));
        for (int i = 1; i < TableCommands.MAX_DROPPED; i++) {
            evolve(new TableRecord.FilesLeft(new UUID(1, i), "l"));
        }
        accepted(create("second", new UUID(2, 2), null));
        accepted(new TableCommand.DropTable(TENANT, name("second"), new UUID(2, 2), true));
        assertThat(refused(create("third", new UUID(2, 3), null))).isEqualTo(Rejection.LIMIT_REACHED);
        assertThat(refused(create("third", new UUID(2, 3), topic))).isEqualTo(Rejection.LIMIT_REACHED);
        Cluster cluster = new Cluster(image);
        cluster.accepted(new MetadataCommand.DeleteTopic(TENANT, topic));
        assertThat(cluster.image().tables().dropped())
                .as("what is there can be dropped all the same")
                .hasSize(TableCommands.MAX_DROPPED + 1);
        accepted(new TableCommand.ForgetDropped(new UUID(2, 2)));
        accepted(create("third", new UUID(2, 3), topic));
    }

    @Test
    void aTopicHasAsManyOwnersAsThereAreEpochs() {
        evolve(new TableRecord.FeedOwned(topic, new NodeId(0), new Epoch(Integer.MAX_VALUE - 1)));
        assertThat(submit(new TableCommand.AcquireFeed(topic, new NodeId(1))))
                .isEqualTo(new TableResult.Accepted<>(new Epoch(Integer.MAX_VALUE)));
        assertThat(refused(new TableCommand.AcquireFeed(topic, new NodeId(1)))).isEqualTo(Rejection.LIMIT_REACHED);
    }

    private static TableName name(String name) {
        return new TableName(SPACE, name);
    }

    private static TableCommand namespace(String level) {
        return new TableCommand.CreateNamespace(TENANT, new Namespace(List.of(level), Map.of()));
    }

    private static TableCommand create(String name, UUID table, @Nullable TopicId topic) {
        return new TableCommand.Commit(
                TENANT, List.of(new TableChange.Create(name(name), table, "l", "m", topic)), null);
    }

    private void evolve(TableRecord fact) {
        image = image.evolve(new MetadataRecord.Tables(fact));
    }

    private TableResult<?> submit(TableCommand command) {
        Cluster cluster = new Cluster(image);
        TableResult<?> result = (TableResult<?>) cluster.accepted(new MetadataCommand.Tables(command));
        image = cluster.image();
        return result;
    }

    private void accepted(TableCommand command) {
        assertThat(submit(command)).isInstanceOf(TableResult.Accepted.class);
    }

    private Rejection refused(TableCommand command) {
        ClusterImage before = image;
        TableResult<?> result = submit(command);
        assertThat(image).as("a refused command changes nothing").isSameAs(before);
        assertThat(result).isInstanceOf(TableResult.Rejected.class);
        return ((TableResult.Rejected<?>) result).reason();
    }
}
