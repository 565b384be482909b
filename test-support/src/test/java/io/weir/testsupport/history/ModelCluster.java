package io.weir.testsupport.history;

import io.weir.testsupport.history.Operation.Assigned;
import io.weir.testsupport.history.Operation.Commit;
import io.weir.testsupport.history.Operation.Fetch;
import io.weir.testsupport.history.Operation.Poll;
import io.weir.testsupport.history.Operation.Revoked;
import io.weir.testsupport.history.Operation.Scan;
import io.weir.testsupport.history.Operation.Seek;
import io.weir.testsupport.history.Operation.Send;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A correct cluster with clients that see it fail: answers get lost, requests are done late or never, groups are
 * rebalanced, consumers go where they want. A seed decides everything.
 */
final class ModelCluster {
    static final String TOPIC = "t";
    static final String GROUP = "g";

    /** Its commits all end well, the last is its greatest, and in the end a member is assigned every partition. */
    static final String QUIET_GROUP = "quiet";

    static final String QUIET_MEMBER = "quiet-member";
    static final String SCANNER = "last-scanner";

    private static final int PARTITIONS = 3;
    private static final int PRODUCERS = 3;
    private static final int MEMBERS = 3;
    private static final int STEPS = 1200;
    private static final int MOST_A_POLL = 8;
    private static final long MARKER = -1;

    private final Random random;
    private final Set<Allowance> allowances;
    private final List<Operation> operations = new ArrayList<>();
    private final List<Partition> partitions = new ArrayList<>();
    private final Map<Partition, List<Long>> logs = new HashMap<>();
    private final Map<Partition, Integer> starts = new HashMap<>();
    private final Map<Partition, Long> committed = new HashMap<>();
    private final List<PendingSend> sends = new ArrayList<>();
    private final List<PendingCommit> commits = new ArrayList<>();
    private final Map<String, Map<Partition, Long>> members = new TreeMap<>();
    private final Map<Partition, Long> seeker = new HashMap<>();
    private long now;
    private long lastValue = 100;

    private static final class PendingSend {
        final Send send;
        long offset = Operation.NONE;
        boolean ended;
        boolean dropped;

        PendingSend(Send send) {
            this.send = send;
        }

        boolean isDone() {
            return offset != Operation.NONE;
        }
    }

    private static final class PendingCommit {
        final Commit commit;
        boolean done;
        boolean ended;

        PendingCommit(Commit commit) {
            this.commit = commit;
        }
    }

    ModelCluster(long seed, Set<Allowance> allowances) {
        this.random = new Random(seed);
        this.allowances = allowances;
        for (int i = 0; i < PARTITIONS; i++) {
            Partition partition = new Partition(TOPIC, i);
            partitions.add(partition);
            logs.put(partition, new ArrayList<>());
            starts.put(partition, 0);
        }
        for (int i = 0; i < MEMBERS; i++) {
            members.put("m" + i, new HashMap<>());
        }
    }

    /** A whole run. */
    History run() {
        rebalance();
        for (int i = 0; i < STEPS; i++) {
            step();
            if (i == STEPS / 2) {
                partitions.forEach(each -> scan("scanner", each));
            }
        }
        while (!sends.isEmpty() || !commits.isEmpty()) {
            endSend();
            endCommit();
        }
        quietGroup();
        partitions.forEach(each -> scan(SCANNER, each));
        Map<Allowance, Set<String>> granted = new EnumMap<>(Allowance.class);
        allowances.forEach(each -> granted.put(
                each,
                switch (each) {
                    case MARKERS, COMPACTED, TRIMMED -> Set.of(TOPIC);
                    case REPEATS, REORDERS -> Set.of("p0", "p1", "p2");
                    case FROM_LATEST -> Set.of("m0", "m1", "m2");
                }));
        return new History(granted, operations);
    }

    private void step() {
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> beginSend();
            case 3, 4 -> doSend();
            case 5, 6 -> endSend();
            case 7, 8, 9 -> pollMember();
            case 10 -> seekAndPoll();
            case 11 -> {
                doCommit();
                endCommit();
            }
            case 12 -> beginCommit();
            default -> rareStep();
        }
    }

    private void rareStep() {
        switch (random.nextInt(6)) {
            case 0 -> rebalance();
            case 1, 2 -> fetch(GROUP, committed);
            case 3 -> trim();
            case 4 -> mark();
            default -> compact();
        }
    }

    private long tick() {
        return now += 1 + random.nextInt(3);
    }

    private Span span(long invoked, Outcome outcome) {
        return new Span(invoked, tick(), outcome);
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private void beginSend() {
        long invoked = tick();
        long value = lastValue++;
        sends.add(new PendingSend(new Send(
                new Span(invoked, invoked, Outcome.UNKNOWN),
                "p" + random.nextInt(PRODUCERS),
                value,
                any(partitions),
                value,
                Operation.NONE)));
    }

    /** The oldest of its producer in its partition, unless order does not matter; perhaps once more. */
    private void doSend() {
        List<PendingSend> waiting = sends.stream()
                .filter(each -> !each.dropped && (allowances.contains(Allowance.REPEATS) || !each.isDone()))
                .toList();
        if (waiting.isEmpty()) {
            return;
        }
        Send chosen = any(waiting).send;
        PendingSend next = waiting.stream()
                .filter(each -> allowances.contains(Allowance.REORDERS)
                        ? each.send.equals(chosen)
                        : each.send.producer().equals(chosen.producer())
                                && each.send.partition().equals(chosen.partition()))
                .findFirst()
                .orElseThrow();
        List<Long> log = log(next.send.partition());
        next.offset = log.size();
        log.add(next.send.value());
    }

    private void endSend() {
        if (sends.isEmpty()) {
            return;
        }
        PendingSend chosen = any(sends);
        if (!chosen.ended) {
            chosen.ended = true;
            long invoked = chosen.send.span().invokedNanos();
            int luck = random.nextInt(10);
            if (chosen.isDone() && luck > 1) {
                long told = luck == 2 ? Operation.NONE : chosen.offset;
                operations.add(chosen.send.at(told).ended(span(invoked, Outcome.OK)));
            } else if (!chosen.isDone() && luck < 3) {
                chosen.dropped = true;
                operations.add(chosen.send.ended(span(invoked, Outcome.FAILED)));
            } else {
                operations.add(chosen.send.ended(span(invoked, Outcome.UNKNOWN)));
            }
        } else if (chosen.isDone() || chosen.dropped) {
            sends.remove(chosen);
        } else if (random.nextBoolean()) {
            chosen.dropped = true;
        }
    }

    private void pollMember() {
        String member = "m" + random.nextInt(MEMBERS);
        Map<Partition, Long> positions = members.getOrDefault(member, Map.of());
        long invoked = tick();
        for (Partition partition : List.copyOf(positions.keySet())) {
            if (positions.getOrDefault(partition, 0L) == Operation.NONE) {
                positions.put(partition, start(partition));
            }
        }
        poll(member, invoked, positions);
    }

    private long start(Partition partition) {
        long offset = committed.getOrDefault(partition, Operation.NONE);
        boolean latest = allowances.contains(Allowance.FROM_LATEST);
        return offset == Operation.NONE ? latest ? log(partition).size() : 0 : offset;
    }

    private void poll(String consumer, long invoked, Map<Partition, Long> positions) {
        Run.Builder runs = new Run.Builder();
        for (Partition partition : List.copyOf(positions.keySet())) {
            List<Long> log = log(partition);
            int position = (int) Math.max(positions.getOrDefault(partition, 0L), starts.getOrDefault(partition, 0));
            for (int room = random.nextInt(MOST_A_POLL); room > 0 && position < log.size(); position++) {
                long value = log.get(position);
                if (value != MARKER) {
                    runs.add(partition, position, value);
                    room--;
                }
            }
            positions.put(partition, (long) position);
        }
        operations.add(new Poll(span(invoked, Outcome.OK), consumer, runs.build()));
    }

    private void rebalance() {
        members.forEach((member, positions) -> {
            operations.add(new Revoked(span(tick(), Outcome.OK), member, List.copyOf(positions.keySet())));
            positions.clear();
        });
        for (Partition partition : partitions) {
            String member = "m" + random.nextInt(MEMBERS);
            members.getOrDefault(member, Map.of()).put(partition, Operation.NONE);
            operations.add(new Assigned(span(tick(), Outcome.OK), member, GROUP, List.of(partition)));
        }
    }

    private void seekAndPoll() {
        Partition partition = any(partitions);
        if (random.nextBoolean()) {
            long offset = random.nextInt(log(partition).size() + 1);
            seeker.put(partition, offset);
            operations.add(new Seek(span(tick(), Outcome.OK), "seeker", partition, offset));
        }
        poll("seeker", tick(), seeker);
    }

    private void scan(String consumer, Partition partition) {
        long invoked = tick();
        int end = log(partition).size();
        Map<Partition, Long> position = new HashMap<>(Map.of(partition, 0L));
        while (position.getOrDefault(partition, 0L) < end) {
            poll(consumer, tick(), position);
            if (!consumer.equals(SCANNER)) {
                step();
            }
        }
        int start = starts.getOrDefault(partition, 0);
        operations.add(new Scan(span(invoked, Outcome.OK), consumer, partition, start, end));
    }

    private void beginCommit() {
        Map<Partition, Long> offsets = new HashMap<>();
        members.getOrDefault("m" + random.nextInt(MEMBERS), Map.of()).forEach((partition, position) -> {
            if (position != Operation.NONE) {
                offsets.put(partition, position);
            }
        });
        long invoked = tick();
        if (!offsets.isEmpty()) {
            commits.add(
                    new PendingCommit(new Commit(new Span(invoked, invoked, Outcome.UNKNOWN), "m", GROUP, offsets)));
        }
    }

    private void doCommit() {
        List<PendingCommit> waiting =
                commits.stream().filter(each -> !each.done).toList();
        if (!waiting.isEmpty()) {
            PendingCommit chosen = any(waiting);
            chosen.done = true;
            committed.putAll(chosen.commit.offsets());
        }
    }

    private void endCommit() {
        if (commits.isEmpty()) {
            return;
        }
        PendingCommit chosen = any(commits);
        if (!chosen.ended) {
            chosen.ended = true;
            int luck = random.nextInt(4);
            Outcome outcome = luck == 0 ? Outcome.UNKNOWN : chosen.done ? Outcome.OK : Outcome.FAILED;
            operations.add(chosen.commit.ended(span(chosen.commit.span().invokedNanos(), outcome)));
            if (outcome != Outcome.UNKNOWN) {
                commits.remove(chosen);
            }
        } else {
            commits.remove(chosen);
        }
    }

    private void fetch(String group, Map<Partition, Long> offsets) {
        long invoked = tick();
        Map<Partition, Long> found = new HashMap<>();
        partitions.forEach(each -> found.put(each, offsets.getOrDefault(each, Operation.NONE)));
        operations.add(new Fetch(span(invoked, Outcome.OK), "admin", group, found));
    }

    private void quietGroup() {
        Map<Partition, Long> last = new HashMap<>();
        for (int third = 1; third <= 2; third++) {
            for (Partition partition : partitions) {
                last.put(partition, (long) log(partition).size() * third / 3);
            }
            operations.add(new Commit(span(tick(), Outcome.OK), QUIET_MEMBER, QUIET_GROUP, last));
        }
        fetch(QUIET_GROUP, last);
        operations.add(new Assigned(span(tick(), Outcome.OK), QUIET_MEMBER, QUIET_GROUP, partitions));
        for (int i = 0; i < 10; i++) {
            poll(QUIET_MEMBER, tick(), last);
        }
    }

    private void trim() {
        if (allowances.contains(Allowance.TRIMMED)) {
            Partition partition = any(partitions);
            int start = starts.getOrDefault(partition, 0);
            starts.put(partition, start + random.nextInt(log(partition).size() - start + 1));
        }
    }

    private void mark() {
        if (allowances.contains(Allowance.MARKERS)) {
            log(any(partitions)).add(MARKER);
        }
    }

    /** What nobody sees any more is a marker to the model. */
    private void compact() {
        List<Long> log = log(any(partitions));
        if (allowances.contains(Allowance.COMPACTED) && !log.isEmpty()) {
            log.set(random.nextInt(log.size()), MARKER);
        }
    }

    private List<Long> log(Partition partition) {
        return logs.getOrDefault(partition, List.of());
    }
}
