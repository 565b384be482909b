package io.weir.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.NodeId;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterSettingsTest {
    private static final String PEERS = "1=127.0.0.1:7401, 2=127.0.0.1:7402,3=[::1]:7403";

    @Test
    void aProcessIsAloneUnlessToldOtherwise() {
        ServeConfig config = config(Map.of());

        assertThat(config.cluster()).isEqualTo(ClusterSettings.alone());
        assertThat(config.cluster().isCluster()).isFalse();
    }

    @Test
    void aNodeListensWhereItsPeersAreToldThatItDoes() {
        ClusterSettings cluster = config(together(Setting.NODE_ID, "3")).cluster();

        assertThat(cluster.isCluster()).isTrue();
        assertThat(cluster.node()).isEqualTo(new NodeId(3));
        assertThat(cluster.listening()).isEqualTo(new HostPort("::1", 7403));
        assertThat(ClusterSettings.text(cluster.peers())).isEqualTo("1=127.0.0.1:7401,2=127.0.0.1:7402,3=[::1]:7403");
    }

    private static final String APART =
            "1=127.0.0.1:7401/metadata,2=127.0.0.1:7402/wal,3=127.0.0.1:7403/wal," + "4=127.0.0.1:7404/wal";

    private static Map<Setting, String> apart(String node, String roles) {
        Map<Setting, String> settings = together(Setting.PEERS, APART);
        settings.put(Setting.NODE_ID, node);
        settings.put(Setting.ROLES, roles);
        return settings;
    }

    @Test
    void nodesOfRolesApartKnowWhoKeepsWhat() {
        ServeConfig wal = config(apart("3", "wal"));
        assertThat(wal.cluster().isPeer()).isTrue();
        assertThat(wal.cluster().keepers(Role.METADATA)).containsExactly(1);
        assertThat(wal.cluster().keepers(Role.WAL)).containsExactly(2, 3, 4);
        assertThat(ClusterSettings.text(wal.cluster().peers())).isEqualTo(APART);
        assertThat(wal.roles().needsStreams()).isTrue();
        assertThat(wal.roles().servesTables()).isFalse();

        ServeConfig gateway = config(apart("9", "gateway, sink"));
        assertThat(gateway.cluster().isPeer()).isFalse();
        assertThat(gateway.cluster().isCluster()).isTrue();
        assertThat(gateway.roles()).hasToString("gateway,sink");
        assertThat(config(apart("3", "wal,gateway")).roles()).hasToString("wal,gateway");
    }

    @Test
    void aPeerThatKeepsBothIsWrittenWithoutSayingSo() {
        Map<Setting, String> settings = apart("1", "all");
        settings.put(Setting.PEERS, "1=127.0.0.1:7401/metadata+wal");
        assertThat(ClusterSettings.text(config(settings).cluster().peers())).isEqualTo("1=127.0.0.1:7401");
    }

    @Test
    void aMetadataNodeNeedsNoObjectStore() {
        Map<Setting, String> settings = apart("1", "metadata");
        settings.remove(Setting.OBJECT_STORE);
        assertThat(config(settings).roles().needsStreams()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    1 | wal           | is not what peers say of node-id 1
                    1 | metadata,wal  | is not what peers say of node-id 1
                    2 | all           | is not what peers say of node-id 2
                    2 | gateway       | keeps nothing, but node-id 2 is one of the peers
                    9 | wal           | must contain this process
                    9 | all           | must contain this process
                    9 | broker        | Unknown role 'broker'
                    """)
    void refusesRolesThatPeersDoNotKnow(String node, String roles, String reason) {
        assertThatThrownBy(() -> config(apart(node, roles)))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aNodeThatKeepsNothingMayFindTheOthersByName() {
        Map<Setting, String> settings = apart("9", "gateway");
        settings.put(Setting.PEERS, "dns:weir-log:7401/wal, dns:weir-meta:7402/metadata");

        ClusterSettings cluster = config(settings).cluster();

        assertThat(cluster.isCluster()).isTrue();
        assertThat(cluster.isPeer()).isFalse();
        assertThat(cluster.lookups()).hasToString("[weir-log:7401/wal, weir-meta:7402/metadata]");
    }

    @Test
    void aNodeThatFindsTheOthersByNameSaysWhichItIs() {
        Map<Setting, String> settings = apart("9", "gateway");
        settings.put(Setting.PEERS, "dns:weir:7401");
        settings.remove(Setting.NODE_ID);
        assertThatThrownBy(() -> config(settings))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("node-id: a node that finds the others by name");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    gateway | dns:log:7401/wal                    | no name finds nodes that keep metadata
                    gateway | dns:all:0                           | with ports other than 0
                    gateway | dns:all                             | is not HOST:PORT
                    gateway | dns:all:7401,1=127.0.0.1:7401       | either all of them are named
                    all     | dns:all:7401                        | names are for nodes that keep nothing
                    gateway | dns:a:1,dns:b:1,dns:c:1,dns:d:1,dns:e:1,dns:f:1,dns:g:1,dns:h:1 | at most 7 names
                    """)
    void refusesNamesThatCannotBeUsed(String roles, String peers, String reason) {
        Map<Setting, String> settings = apart("9", roles);
        settings.put(Setting.PEERS, peers);
        assertThatThrownBy(() -> config(settings))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aNodeThatNobodyConnectsToListensForNone() {
        Map<Setting, String> settings = apart("9", "gateway");
        settings.put(Setting.CLUSTER_LISTEN, "127.0.0.1:7409");
        assertThatThrownBy(() -> config(settings))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("no node connects to node-id 9");
    }

    @Test
    void aNodeListensElsewhereWhenToldTo() {
        ClusterSettings cluster =
                config(together(Setting.CLUSTER_LISTEN, "127.0.0.1:9999")).cluster();

        assertThat(cluster.listening()).isEqualTo(new HostPort("127.0.0.1", 9999));
    }

    @Test
    void nodesOnOtherMachinesAreReachedOnlyWhenToldThatAnybodyMay() {
        Map<Setting, String> settings = together(Setting.PEERS, "1=10.1.2.3:7400,2=10.1.2.4:7400,3=10.1.2.5:7400");
        settings.put(Setting.KAFKA_LISTEN, "10.1.2.3:9092");

        assertThatThrownBy(() -> config(settings))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("cluster-listen 10.1.2.3:7400 is not a loopback address");
        settings.put(Setting.INSECURE, "true");
        assertThat(config(settings).cluster().listening()).isEqualTo(new HostPort("10.1.2.3", 7400));
    }

    @Test
    void tablesOfAClusterAreBesideItsObjectsNotInOneNodesDirectory() {
        ServeConfig config = config(together(Setting.OBJECT_STORE, "file:/shared/objects"));

        assertThat(config.tables().store())
                .isEqualTo(new ObjectStoreLocation.LocalFiles(Path.of("/shared/objects-tables")));
    }

    @Test
    void nodesMustShareAnObjectStore() {
        Map<Setting, String> settings = together(Setting.NODE_ID, "1");
        settings.remove(Setting.OBJECT_STORE);

        assertThatThrownBy(() -> config(settings))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("object-store: nodes with peers share one");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    NODE_ID        | 0                                     | node-id: 0 is less than 1
                    NODE_ID        | 4                                     | must contain this process
                    NODE_ID        | one                                   | 'one' is not a whole number
                    PEERS          | 1=127.0.0.1:1,2=127.0.0.1:2,2=[::1]:3 | Node 2 is named twice
                    PEERS          | 1=127.0.0.1:1,2=127.0.0.1:2,3=127.0.0.1:1 | two nodes have the same address
                    PEERS          | 1=127.0.0.1:1,0=127.0.0.1:2,3=127.0.0.1:4 | node-id 0 is less than 1
                    PEERS          | 127.0.0.1:1                           | is not N=HOST:PORT
                    PEERS          | 1=127.0.0.1:1,2=host,3=127.0.0.1:1    | 'host' is not HOST:PORT
                    PEERS          | 1=127.0.0.1:1/metadata                | 0 wal nodes are not 1 to 7
                    PEERS          | 1=127.0.0.1:1/gateway                 | keeps metadata, wal, or both
                    CLUSTER_LISTEN | 10.1.2.3:7400                         | is not a loopback address
                    CLUSTER_LISTEN | 127.0.0.1:0                           | needs a port other than 0
                    """)
    void refusesWhatCannotWork(Setting setting, String value, String reason) {
        assertThatThrownBy(() -> config(together(setting, value)))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aClusterBeginsWithAnOddNumberOfNodesAndMayGrowToAnEvenOne() {
        ClusterSettings two = config(together(Setting.PEERS, "1=127.0.0.1:7401,2=127.0.0.1:7402"))
                .cluster();

        assertThat(two.peers()).hasSize(2);
        assertThatThrownBy(two::requireFounders)
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("2 nodes are not an odd number up to 7");
    }

    @Test
    void thereAreSevenNodesAtMost() {
        List<String> seven = IntStream.rangeClosed(1, 7)
                .mapToObj(node -> node + "=127.0.0.1:" + (7400 + node))
                .toList();

        assertThat(config(together(Setting.PEERS, String.join(",", seven)))
                        .cluster()
                        .peers())
                .hasSize(7);
        assertThatThrownBy(() -> config(together(Setting.PEERS, String.join(",", seven) + ",8=127.0.0.1:7408")))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("8 nodes are not 1 to 7");
    }

    @Test
    void aProcessThatIsAloneListensForNobody() {
        assertThatThrownBy(() -> config(Map.of(Setting.CLUSTER_LISTEN, "127.0.0.1:7400")))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("cluster-listen needs peers");
    }

    private static ServeConfig config(Map<Setting, String> flags) {
        return ServeConfig.from(Settings.of(flags, Map.of(), Map.of()));
    }

    private static Map<Setting, String> together(Setting other, String value) {
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.PEERS, PEERS);
        settings.put(Setting.OBJECT_STORE, "file:/objects");
        settings.put(other, value);
        return settings;
    }
}
