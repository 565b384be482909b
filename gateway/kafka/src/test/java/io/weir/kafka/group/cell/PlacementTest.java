package io.weir.kafka.group.cell;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {
    @Test
    void everyCellHasExactlyOnePlace() {
        for (int count = 1; count <= 20; count++) {
            Placement placement = Placement.over(nodes(count));
            for (CellId cell : cells()) {
                assertThat(placement.nodes().stream().filter(node -> placement.puts(cell, node)))
                        .hasSize(1);
            }
        }
    }

    @Test
    void whereNobodyLivesNoCellHasAPlace() {
        assertThat(cells()).noneMatch(cell -> Placement.NONE.puts(cell, new NodeId(1)));
        assertThat(Placement.NONE.share(new NodeId(1))).isZero();
    }

    @Test
    void theOrderInWhichNodesAreNamedDoesNotMatter() {
        Set<NodeId> backwards = new LinkedHashSet<>(IntStream.iterate(9, id -> id >= 1, id -> id - 1)
                .mapToObj(NodeId::new)
                .toList());
        assertThat(owners(Placement.over(backwards))).isEqualTo(owners(Placement.over(nodes(9))));
    }

    @Test
    void aNodeThatLeavesMovesItsOwnCellsOnlyAndGetsThemBack() {
        for (int leaving = 1; leaving <= 5; leaving++) {
            NodeId gone = new NodeId(leaving);
            Placement all = Placement.over(nodes(5));
            Set<NodeId> left = new HashSet<>(nodes(5));
            left.remove(gone);
            Placement without = Placement.over(left);
            for (CellId cell : cells()) {
                if (!all.puts(cell, gone)) {
                    left.forEach(node -> assertThat(without.puts(cell, node)).isEqualTo(all.puts(cell, node)));
                }
            }
            left.add(gone);
            assertThat(owners(Placement.over(left))).isEqualTo(owners(all));
        }
    }

    @Test
    void sharesAreAboutEven() {
        for (int count : List.of(2, 3, 5, 7)) {
            Placement placement = Placement.over(nodes(count));
            int fair = CellStore.CELLS / count;
            int total = 0;
            for (NodeId node : placement.nodes()) {
                assertThat(placement.share(node)).isBetween(fair / 2, fair * 3 / 2);
                total += placement.share(node);
            }
            assertThat(total).isEqualTo(CellStore.CELLS);
        }
    }

    /** Gateways of two builds that disagreed would both want a cell, or neither would. */
    @Test
    void theHashNeverChanges() {
        assertThat(owners(Placement.over(nodes(3))).subList(0, 16))
                .containsExactly(2, 2, 1, 2, 3, 2, 3, 3, 2, 3, 2, 3, 1, 2, 3, 1);
    }

    private static Set<NodeId> nodes(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(NodeId::new).collect(Collectors.toSet());
    }

    private static List<CellId> cells() {
        return IntStream.range(0, CellStore.CELLS).mapToObj(CellId::new).toList();
    }

    private static List<Integer> owners(Placement placement) {
        Set<Integer> ids = placement.nodes().stream().map(NodeId::value).collect(Collectors.toCollection(TreeSet::new));
        return cells().stream()
                .map(cell -> ids.stream()
                        .filter(id -> placement.puts(cell, new NodeId(id)))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }
}
