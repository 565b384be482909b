package io.weir.testsupport.history;

import io.weir.testsupport.history.Anomaly.DuplicateWrite;
import io.weir.testsupport.history.Anomaly.GroupOffsetBack;
import io.weir.testsupport.history.Anomaly.InconsistentOffset;
import io.weir.testsupport.history.Anomaly.LostWrite;
import io.weir.testsupport.history.Anomaly.NonMonotonicPoll;
import io.weir.testsupport.history.Anomaly.NonMonotonicSend;
import io.weir.testsupport.history.Anomaly.RefusedRead;
import io.weir.testsupport.history.Anomaly.SkippedOffsets;
import io.weir.testsupport.history.Anomaly.StartBeforeCommit;
import io.weir.testsupport.history.Anomaly.UncommittedOffset;
import io.weir.testsupport.history.Anomaly.UnsentRead;
import io.weir.testsupport.history.Operation.Commit;
import io.weir.testsupport.history.Operation.Fetch;
import io.weir.testsupport.history.Operation.Poll;
import io.weir.testsupport.history.Operation.Scan;
import io.weir.testsupport.history.Operation.Send;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** What could go wrong in a cluster, done to the history of one in which nothing did. */
enum Defect {
    AN_ACKNOWLEDGED_WRITE_IS_GONE(LostWrite.class) {
        @Override
        List<Class<?>> alsoSeen() {
            return List.of(SkippedOffsets.class);
        }

        @Override
        Broken in(History correct, Random random) {
            Send lost = any(acknowledged(correct), random);
            History broken = reads(correct, read -> read.value() == lost.value() ? List.of() : List.of(read));
            return new Broken(broken, "Value " + lost.value() + " ");
        }
    },
    A_LOG_IS_CUT_OFF(LostWrite.class) {
        @Override
        Broken in(History correct, Random random) {
            Partition partition = any(acknowledged(correct), random).partition();
            Send last = acknowledged(correct).stream()
                    .filter(each -> each.partition().equals(partition))
                    .max((left, right) -> Long.compare(left.offset(), right.offset()))
                    .orElseThrow();
            History cut = reads(
                    correct,
                    read -> read.partition().equals(partition) && read.offset() >= last.offset()
                            ? List.of()
                            : List.of(read));
            History broken = each(
                    cut,
                    operation -> operation instanceof Scan scan
                                    && scan.partition().equals(partition)
                                    && scan.end() > last.offset()
                            ? scan.between(scan.start(), last.offset())
                            : operation);
            return new Broken(broken, "Value " + last.value() + " ");
        }
    },
    A_PRODUCERS_RECORDS_CHANGE_PLACES(NonMonotonicSend.class) {
        @Override
        List<Class<?>> alsoSeen() {
            return List.of(UnsentRead.class, LostWrite.class);
        }

        @Override
        Broken in(History correct, Random random) {
            Pair pair = pair(
                    correct,
                    random,
                    (first, second) ->
                            first.producer().equals(second.producer()) && first.sequence() < second.sequence());
            return new Broken(swapped(correct, pair), "Value " + pair.second().value() + " ");
        }
    },
    A_LATER_RECORD_COMES_FIRST(NonMonotonicSend.class) {
        @Override
        List<Class<?>> alsoSeen() {
            return List.of(UnsentRead.class, LostWrite.class);
        }

        @Override
        Broken in(History correct, Random random) {
            Pair pair = pair(
                    correct,
                    random,
                    (first, second) ->
                            first.span().completedNanos() < second.span().invokedNanos()
                                    && !first.producer().equals(second.producer()));
            return new Broken(swapped(correct, pair), "Value " + pair.second().value() + " ");
        }
    },
    ONE_READER_FINDS_TWO_RECORDS_IN_EACH_OTHERS_PLACE(InconsistentOffset.class) {
        @Override
        Broken in(History correct, Random random) {
            Pair pair = pair(correct, random, (first, second) -> first.offset() < second.offset());
            History broken = reads(correct, ModelCluster.SCANNER, read -> List.of(exchanged(read, pair)));
            return new Broken(broken, "Offset " + pair.first().offset() + " of ");
        }
    },
    A_RECORD_IS_THERE_TWICE(DuplicateWrite.class) {
        @Override
        Broken in(History correct, Random random) {
            Send doubled = any(acknowledged(correct), random);
            Scan scan = lastScan(correct, doubled.partition());
            History longer = each(
                    correct,
                    operation -> operation.equals(scan) ? scan.between(scan.start(), scan.end() + 1) : operation);
            History broken = reads(
                    longer,
                    ModelCluster.SCANNER,
                    read -> read.partition().equals(doubled.partition()) && read.offset() == scan.end() - 1
                            ? List.of(read, new Read(read.partition(), scan.end(), doubled.value()))
                            : List.of(read));
            return new Broken(broken, "Value " + doubled.value() + " ");
        }
    },
    AN_ACKNOWLEDGEMENT_NAMES_ANOTHER_OFFSET(DuplicateWrite.class) {
        @Override
        List<Class<?>> alsoSeen() {
            return List.of(NonMonotonicSend.class);
        }

        @Override
        Broken in(History correct, Random random) {
            Send send = any(acknowledged(correct), random);
            long beyond = 1_000_000 + send.offset();
            History broken = each(correct, operation -> operation.equals(send) ? send.at(beyond) : operation);
            return new Broken(broken, "Value " + send.value() + " ");
        }
    },
    TWO_ACKNOWLEDGEMENTS_NAME_ONE_OFFSET(InconsistentOffset.class) {
        @Override
        List<Class<?>> alsoSeen() {
            return List.of(NonMonotonicSend.class, DuplicateWrite.class);
        }

        @Override
        Broken in(History correct, Random random) {
            Pair pair = pair(correct, random, (first, second) -> first.offset() < second.offset());
            History broken = each(
                    correct,
                    operation -> operation.equals(pair.second())
                            ? pair.second().at(pair.first().offset())
                            : operation);
            return new Broken(broken, "Offset " + pair.first().offset() + " of ");
        }
    },
    A_REFUSED_WRITE_IS_THERE(RefusedRead.class) {
        @Override
        Broken in(History correct, Random random) {
            Send refused = any(acknowledged(correct), random);
            Span span = refused.span();
            Span failed = new Span(span.invokedNanos(), span.completedNanos(), Outcome.FAILED);
            History broken = each(
                    correct,
                    operation -> operation.equals(refused)
                            ? refused.at(Operation.NONE).ended(failed)
                            : operation);
            return new Broken(broken, "Value " + refused.value() + " ");
        }
    },
    A_RECORD_IS_THERE_THAT_NOBODY_SENT(UnsentRead.class) {
        @Override
        List<Class<?>> alsoSeen() {
            return List.of(InconsistentOffset.class, LostWrite.class);
        }

        @Override
        Broken in(History correct, Random random) {
            Send send = any(acknowledged(correct), random);
            History broken = reads(
                    correct,
                    read -> List.of(
                            read.value() == send.value() ? new Read(read.partition(), read.offset(), -7) : read));
            return new Broken(broken, "Value -7 ");
        }
    },
    A_RECORD_IS_IN_ANOTHER_PARTITION(UnsentRead.class) {
        @Override
        Broken in(History correct, Random random) {
            Send send = any(acknowledged(correct), random);
            Partition elsewhere = new Partition("elsewhere", 0);
            List<Operation> operations = new ArrayList<>(correct.operations());
            operations.add(new Poll(
                    new Span(1_000_000, 1_000_001, Outcome.OK), "x", List.of(new Run(elsewhere, 3, send.value()))));
            return new Broken(new History(Map.of(), operations), "Value " + send.value() + " ");
        }
    },
    A_POLL_LACKS_A_RECORD(SkippedOffsets.class) {
        @Override
        List<Class<?>> alsoSeen() {
            return List.of(LostWrite.class);
        }

        @Override
        Broken in(History correct, Random random) {
            Poll poll = longPoll(correct, random);
            Run run = poll.runs().getFirst();
            History broken = each(
                    correct,
                    operation -> operation.equals(poll)
                            ? edited(poll, read -> read.value() == run.value(1) ? List.of() : List.of(read))
                            : operation);
            return new Broken(broken, "Offsets " + (run.offset() + 1) + " to " + (run.offset() + 1) + " of ");
        }
    },
    A_POLL_IS_GIVEN_AGAIN(NonMonotonicPoll.class) {
        @Override
        Broken in(History correct, Random random) {
            Poll poll = longPoll(correct, random);
            List<Operation> operations = new ArrayList<>();
            for (Operation operation : correct.operations()) {
                operations.add(operation);
                if (operation.equals(poll)) {
                    long then = poll.span().completedNanos();
                    operations.add(poll.ended(new Span(then, then, Outcome.OK)));
                }
            }
            Run run = poll.runs().getFirst();
            return new Broken(
                    new History(Map.of(), operations), "stood at offset " + run.end() + " of " + run.partition());
        }
    },
    A_GROUP_IS_TOLD_AN_OLDER_OFFSET(GroupOffsetBack.class) {
        @Override
        Broken in(History correct, Random random) {
            List<Commit> commits = correct.operations().stream()
                    .filter(Commit.class::isInstance)
                    .map(Commit.class::cast)
                    .filter(each -> each.group().equals(ModelCluster.QUIET_GROUP))
                    .toList();
            Partition partition = any(List.copyOf(commits.getFirst().offsets().keySet()), random);
            return told(correct, partition, commits.getFirst().offsets().getOrDefault(partition, Operation.NONE));
        }
    },
    A_GROUP_IS_TOLD_THAT_IT_HAS_COMMITTED_NOTHING(GroupOffsetBack.class) {
        @Override
        Broken in(History correct, Random random) {
            return told(correct, new Partition(ModelCluster.TOPIC, random.nextInt(3)), Operation.NONE);
        }
    },
    A_GROUP_IS_TOLD_WHAT_IT_HAS_NOT_COMMITTED(UncommittedOffset.class) {
        @Override
        Broken in(History correct, Random random) {
            return told(correct, new Partition(ModelCluster.TOPIC, random.nextInt(3)), 1_000_000);
        }
    },
    A_MEMBER_BEGINS_BEFORE_THE_COMMIT(StartBeforeCommit.class) {
        @Override
        Broken in(History correct, Random random) {
            Partition partition = new Partition(ModelCluster.TOPIC, random.nextInt(3));
            Poll poll = firstOfMember(correct, partition);
            long found = first(poll, partition);
            List<Read> all = new ArrayList<>();
            for (long offset = 0; offset <= found; offset++) {
                all.add(new Read(partition, offset, value(correct, partition, offset)));
            }
            History broken = each(
                    correct,
                    operation -> operation.equals(poll)
                            ? edited(
                                    poll,
                                    read -> read.partition().equals(partition) && read.offset() == found
                                            ? all
                                            : List.of(read))
                            : operation);
            return new Broken(broken, "began at offset 0 of " + partition);
        }
    },
    A_MEMBER_BEGINS_BEHIND_THE_COMMIT(SkippedOffsets.class) {
        @Override
        Broken in(History correct, Random random) {
            Partition partition = new Partition(ModelCluster.TOPIC, random.nextInt(3));
            Poll poll = firstOfMember(correct, partition);
            long found = first(poll, partition);
            History broken = each(
                    correct,
                    operation -> operation.equals(poll)
                            ? edited(
                                    poll,
                                    read -> read.partition().equals(partition) && read.offset() == found
                                            ? List.of()
                                            : List.of(read))
                            : operation);
            return new Broken(broken, "Offsets " + found + " to ");
        }
    };

    /** @param mention what the anomaly's message must name */
    record Broken(History history, String mention) {}

    private record Read(Partition partition, long offset, long value) {}

    private record Pair(Send first, Send second) {}

    private final Class<? extends Anomaly> anomaly;

    Defect(Class<? extends Anomaly> anomaly) {
        this.anomaly = anomaly;
    }

    abstract Broken in(History correct, Random random);

    Class<? extends Anomaly> anomaly() {
        return anomaly;
    }

    /** What cannot but show too. */
    List<Class<?>> alsoSeen() {
        return List.of();
    }

    private static <T> T any(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    /** The writes that were acknowledged with an offset. */
    private static List<Send> acknowledged(History history) {
        return history.operations().stream()
                .filter(Send.class::isInstance)
                .map(Send.class::cast)
                .filter(each -> each.span().isOk() && each.offset() != Operation.NONE)
                .toList();
    }

    private static Pair pair(History history, Random random, BiPredicate<Send, Send> wanted) {
        List<Send> sends = acknowledged(history);
        while (true) {
            Pair pair = new Pair(any(sends, random), any(sends, random));
            if (pair.first().partition().equals(pair.second().partition())
                    && !pair.first().equals(pair.second())
                    && wanted.test(pair.first(), pair.second())) {
                return pair;
            }
        }
    }

    /** The two have each other's offset, for everybody. */
    private static History swapped(History history, Pair pair) {
        return reads(
                each(history, operation -> {
                    if (operation.equals(pair.first())) {
                        return pair.first().at(pair.second().offset());
                    }
                    return operation.equals(pair.second())
                            ? pair.second().at(pair.first().offset())
                            : operation;
                }),
                read -> List.of(exchanged(read, pair)));
    }

    private static Read exchanged(Read read, Pair pair) {
        if (read.value() == pair.first().value()) {
            return new Read(read.partition(), read.offset(), pair.second().value());
        }
        return read.value() == pair.second().value()
                ? new Read(read.partition(), read.offset(), pair.first().value())
                : read;
    }

    private static Broken told(History history, Partition partition, long offset) {
        History broken = each(history, operation -> {
            if (operation instanceof Fetch fetch && fetch.group().equals(ModelCluster.QUIET_GROUP)) {
                Map<Partition, Long> found = new HashMap<>(fetch.offsets());
                found.put(partition, offset);
                return fetch.found(found);
            }
            return operation;
        });
        return new Broken(broken, "was answered " + offset + (offset > 100_000 ? " for " + partition : ""));
    }

    /** A poll that returned several records of the partition that it began with. */
    private static Poll longPoll(History history, Random random) {
        return any(
                polls(
                        history,
                        each -> !each.runs().isEmpty() && each.runs().getFirst().size() > 2),
                random);
    }

    private static Poll firstOfMember(History history, Partition partition) {
        return polls(
                        history,
                        each -> each.consumer().equals(ModelCluster.QUIET_MEMBER)
                                && each.runs().stream()
                                        .anyMatch(run -> run.partition().equals(partition)))
                .getFirst();
    }

    private static long first(Poll poll, Partition partition) {
        return poll.runs().stream()
                .filter(run -> run.partition().equals(partition))
                .findFirst()
                .orElseThrow()
                .offset();
    }

    private static long value(History history, Partition partition, long offset) {
        return polls(history, each -> true).stream()
                .flatMap(each -> each.runs().stream())
                .filter(run -> run.partition().equals(partition) && run.offset() <= offset && offset < run.end())
                .mapToLong(run -> run.value((int) (offset - run.offset())))
                .findFirst()
                .orElseThrow();
    }

    private static List<Poll> polls(History history, Predicate<Poll> wanted) {
        return history.operations().stream()
                .filter(Poll.class::isInstance)
                .map(Poll.class::cast)
                .filter(wanted)
                .toList();
    }

    private static Scan lastScan(History history, Partition partition) {
        return history.operations().stream()
                .filter(Scan.class::isInstance)
                .map(Scan.class::cast)
                .filter(each -> each.consumer().equals(ModelCluster.SCANNER)
                        && each.partition().equals(partition))
                .findFirst()
                .orElseThrow();
    }

    private static History each(History history, UnaryOperator<Operation> change) {
        return new History(
                history.allowances(), history.operations().stream().map(change).toList());
    }

    private static History reads(History history, Function<Read, List<Read>> change) {
        return each(history, operation -> operation instanceof Poll poll ? edited(poll, change) : operation);
    }

    private static History reads(History history, String consumer, Function<Read, List<Read>> change) {
        return each(
                history,
                operation -> operation instanceof Poll poll && poll.consumer().equals(consumer)
                        ? edited(poll, change)
                        : operation);
    }

    private static Poll edited(Poll poll, Function<Read, List<Read>> change) {
        Run.Builder runs = new Run.Builder();
        for (Run run : poll.runs()) {
            for (int i = 0; i < run.size(); i++) {
                Read read = new Read(run.partition(), run.offset() + i, run.value(i));
                change.apply(read).forEach(each -> runs.add(each.partition(), each.offset(), each.value()));
            }
        }
        return poll.returned(runs.build());
    }
}
