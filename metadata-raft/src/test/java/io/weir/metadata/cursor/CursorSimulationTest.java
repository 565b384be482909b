package io.weir.metadata.cursor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.consensus.Submission;
import io.weir.metadata.Seeds;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.testsupport.seed.LongRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Owners that append without waiting, zombies that go on, crashes, lost outcomes, repeated entries and snapshots. */
class CursorSimulationTest {
    private static final int STEPS = 300;
    private static final int CELLS = 3;

    static LongStream regressionSeeds() {
        return Seeds.with();
    }

    @ParameterizedTest
    @MethodSource("regressionSeeds")
    void whateverHappensAnAcknowledgedAppendIsThereAndAFormerOwnersNever(long seed) {
        Simulation simulation = new Simulation(new Random(seed));
        Seeds.walk(seed, STEPS, simulation::step);
    }

    @Test
    @Tag("long")
    @Tag("long-sim")
    void everySeedForLong() throws Exception {
        LongRun.of("CursorSimulationTest").run("steps", seed -> {
            whateverHappensAnAcknowledgedAppendIsThereAndAFormerOwnersNever(seed);
            return STEPS;
        });
    }

    /** An owner of a cell, present or former. */
    private static final class Owner {
        final int cell;
        final int epoch;
        long position;

        Owner(int cell, int epoch, long position) {
            this.cell = cell;
            this.epoch = epoch;
            this.position = position;
        }
    }

    private record Sent(Owner owner, CursorCommand command, CompletableFuture<Submission> outcome, int place) {}

    /** What is known of one cell from outside. */
    private static final class Known {
        int epoch;
        int acknowledgedEpoch;
        /** Acknowledged appends by where they begin. */
        final NavigableMap<Long, CursorCommand.Append> acknowledged = new TreeMap<>();
        /** Keys and values of appends whose outcome was not learned, and the last position of each. */
        final Map<String, Long> maybe = new HashMap<>();

        void mayHold(CursorCommand.Append append) {
            for (CellRecord r : append.records()) {
                maybe.merge(text(r.key()) + "=" + text(r.value()), append.expectedPosition(), Math::max);
            }
        }
    }

    private record Written(String value, long position) {}

    private static final class Simulation {
        private final Random random;
        private final SimulatedConsensus consensus = SimulatedConsensus.manual();
        private final Known[] known = new Known[CELLS];
        private final List<Owner> owners = new ArrayList<>();
        private final List<Sent> sent = new ArrayList<>();
        private CursorState state = fresh();
        private SimulatedGroup group;
        private int values;

        Simulation(Random random) {
            this.random = random;
            for (int i = 0; i < CELLS; i++) {
                known[i] = new Known();
            }
            group = consensus.open("cursors", state);
            consensus.runAll();
        }

        private static CursorState fresh() {
            return new CursorState(new CursorLimits(600, 1200), CursorStateTest.UNOBSERVED);
        }

        void step() {
            switch (random.nextInt(20)) {
                case 0 -> restart(random.nextInt(4));
                case 1 -> consensus.runAll();
                case 2 -> group.changeTerm();
                case 3 ->
                    group.loseNext(1, random.nextBoolean() ? SimulatedGroup.Fate.APPLIED : SimulatedGroup.Fate.DROPPED);
                case 4 -> group.duplicateNext(1);
                case 5 -> snapshot();
                case 6, 7, 8 -> consensus.step();
                case 9 -> compareWithReplay();
                case 10, 11 -> fence();
                case 12 -> load(random.nextInt(CELLS));
                default -> appends();
            }
            hear();
        }

        private void fence() {
            Known cell = known[random.nextInt(CELLS)];
            int number = List.of(known).indexOf(cell);
            cell.epoch++;
            Owner owner = new Owner(number, cell.epoch, -1);
            send(List.of(owner), List.of(new CursorCommand.Fence(number, cell.epoch)));
        }

        /** Some owners, zombies among them, append in one entry. */
        private void appends() {
            List<Owner> appending = new ArrayList<>();
            List<CursorCommand> commands = new ArrayList<>();
            for (int count = 1 + random.nextInt(4); count > 0 && !owners.isEmpty(); count--) {
                Owner owner = owners.get(random.nextInt(owners.size()));
                List<CellRecord> records = new ArrayList<>();
                for (int n = random.nextInt(4); n >= 0; n--) {
                    String value = "v" + values++ + "x".repeat(random.nextInt(30));
                    records.add(record("k" + random.nextInt(8), random.nextInt(4) == 0 ? null : value));
                }
                long position = random.nextInt(30) == 0 ? owner.position + 1 : owner.position;
                commands.add(new CursorCommand.Append(owner.cell, owner.epoch, position, records));
                appending.add(owner);
                owner.position = position + records.size();
            }
            send(appending, commands);
        }

        private void send(List<Owner> senders, List<CursorCommand> commands) {
            CompletableFuture<Submission> outcome = group.submit(List.of(CursorStateTest.entry(commands)));
            for (int i = 0; i < commands.size(); i++) {
                sent.add(new Sent(senders.get(i), commands.get(i), outcome, i));
            }
        }

        private void hear() {
            while (!sent.isEmpty() && sent.getFirst().outcome().isDone()) {
                Sent first = sent.removeFirst();
                switch (first.outcome().join()) {
                    case Submission.Applied(var position, Object replies) ->
                        hear(first, (CursorReply) ((List<?>) replies).get(first.place()));
                    case Submission.NotAccepted refused -> owners.remove(first.owner());
                    case Submission.Unknown unknown -> {
                        owners.remove(first.owner());
                        if (first.command() instanceof CursorCommand.Append append) {
                            known[append.cell()].mayHold(append);
                        }
                    }
                }
            }
        }

        private void hear(Sent heard, CursorReply reply) {
            Known cell = known[heard.command().cell()];
            switch (reply) {
                case CursorReply.Fenced(long next) -> {
                    heard.owner().position = next;
                    owners.add(heard.owner());
                    cell.acknowledgedEpoch = Math.max(cell.acknowledgedEpoch, heard.owner().epoch);
                }
                case CursorReply.Appended(long next) -> {
                    CursorCommand.Append append = (CursorCommand.Append) heard.command();
                    assertThat(append.epoch()).as("not fenced off").isGreaterThanOrEqualTo(cell.acknowledgedEpoch);
                    assertThat(next)
                            .isEqualTo(
                                    append.expectedPosition() + append.records().size());
                    var below = cell.acknowledged.lowerEntry(next);
                    assertThat(below == null
                                    || below.getKey()
                                                    + below.getValue().records().size()
                                            <= append.expectedPosition())
                            .as("position %d was given out before", append.expectedPosition())
                            .isTrue();
                    cell.acknowledged.put(append.expectedPosition(), append);
                }
                case CursorReply.OtherEpoch _, CursorReply.WrongPosition _, CursorReply.Full _ ->
                    owners.remove(heard.owner());
            }
        }

        /** After a barrier every acknowledged write is there, unless a later one of its key replaced it. */
        private void load(int number) {
            consensus.runAll();
            hear();
            Known cell = known[number];
            var contents = state.view(number).contents();
            Map<String, String> live = new HashMap<>();
            contents.records().forEach(r -> live.put(text(r.key()), text(r.value())));
            assertThat(live).hasSameSizeAs(contents.records());
            Map<String, Written> last = new HashMap<>();
            long end = 0;
            for (var append : cell.acknowledged.entrySet()) {
                for (CellRecord r : append.getValue().records()) {
                    last.put(text(r.key()), new Written(text(r.value()), append.getKey()));
                }
                end = append.getKey() + append.getValue().records().size();
            }
            assertThat(contents.nextPosition()).isGreaterThanOrEqualTo(end);
            last.forEach((key, written) -> {
                String found = live.getOrDefault(key, "");
                if (!found.equals(written.value())) {
                    assertThat(cell.maybe.getOrDefault(key + "=" + found, -1L))
                            .as("%s of cell %d is %s, not %s", key, number, found, written)
                            .isGreaterThan(written.position());
                }
            });
        }

        private void compareWithReplay() {
            consensus.runAll();
            hear();
            byte[] live = bytes(state);
            restart(Integer.MAX_VALUE);
            assertThat(bytes(state)).isEqualTo(live);
        }

        private void restart(int kept) {
            consensus.crash(kept);
            hear();
            state = fresh();
            group = consensus.open("cursors", state);
            consensus.step();
        }

        private void snapshot() {
            group.failNextSnapshots(random.nextInt(4) == 0 ? 1 : 0);
            boolean discard = random.nextInt(4) == 0;
            var _ = group.prepareSnapshot().thenAccept(prepared -> {
                if (discard) {
                    prepared.discard();
                } else {
                    var _ = prepared.publish();
                }
            });
        }

        private static byte[] bytes(CursorState state) {
            try {
                return CursorStateTest.snapshot(state);
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }
    }

    private static CellRecord record(String key, @Nullable String value) {
        return new CellRecord(
                ByteBuffer.wrap(key.getBytes(UTF_8)), value == null ? null : ByteBuffer.wrap(value.getBytes(UTF_8)));
    }

    private static String text(@Nullable ByteBuffer bytes) {
        return bytes == null ? "" : UTF_8.decode(bytes.duplicate()).toString();
    }
}
