package io.weir.launcher.e2e;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code strace -f -ttt -yy} saw of a server, and the question asked of it: was a record forced to disk before its
 * acknowledgement left?
 */
record SyscallTrace(List<Call> calls, int port) {
    private static final Pattern LINE = Pattern.compile("^(\\d+) +(\\d+\\.\\d+) (.*)$");
    private static final Pattern CALL = Pattern.compile("^(\\w+)\\(\\d+<(.*?)>[,) ].*$");
    private static final Pattern RESUMED = Pattern.compile("^<\\.\\.\\. (\\w+) resumed>.*$");

    /**
     * One system call; begin and end are places in the trace.
     *
     * @param at when it began, in seconds of the wall clock
     * @param target what its file descriptor means
     * @param text the call as printed, with the beginning of the data
     */
    record Call(int begin, int end, double at, String name, String target, String text) {
        boolean isForce() {
            return (name.equals("fdatasync") || name.equals("fsync")) && !text.contains("(INJECTED)");
        }

        boolean isWrite() {
            return !name.endsWith("sync");
        }

        boolean isToSocket() {
            return target.startsWith("TCP");
        }

        boolean isToClientOf(int port) {
            return isToSocket() && target.contains(":" + port + "->");
        }
    }

    /** @param port on which the traced server listens for clients */
    static SyscallTrace parse(List<String> lines, int port) {
        List<Call> calls = new ArrayList<>();
        Map<String, Call> unfinished = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher line = LINE.matcher(lines.get(i));
            if (!line.matches()) {
                continue;
            }
            String thread = line.group(1);
            String text = line.group(3);
            Matcher call = CALL.matcher(text);
            if (call.matches()) {
                Call each = new Call(i, i, Double.parseDouble(line.group(2)), call.group(1), call.group(2), text);
                if (text.endsWith("<unfinished ...>")) {
                    unfinished.put(thread, each);
                } else {
                    calls.add(each);
                }
            } else if (RESUMED.matcher(text).matches()) {
                Call each = unfinished.remove(thread);
                if (each != null) {
                    calls.add(new Call(each.begin, i, each.at, each.name, each.target, each.text + text));
                }
            }
        }
        return new SyscallTrace(calls, port);
    }

    /**
     * Whether the record was on disk before the first answer to the client between the two times.
     *
     * @param marker bytes that only this record has
     * @return what is wrong, or empty
     */
    Optional<String> unforced(String marker, double from, double to) {
        Optional<Call> answer =
                first(0, call -> call.isWrite() && call.isToClientOf(port) && call.at() >= from && call.at() <= to);
        if (answer.isEmpty()) {
            return Optional.of(marker + ": no answer seen");
        }
        int left = answer.get().begin();
        Optional<Call> written = first(
                0, call -> call.isWrite() && !call.isToSocket() && call.text().contains(marker));
        if (written.isEmpty() || written.get().begin() > left) {
            return Optional.of(marker + ": not written to any file before its answer left");
        }
        Call log = written.get();
        return first(log.end(), call -> call.isForce() && call.target().equals(log.target()) && call.end() < left)
                .map(forced -> Optional.<String>empty())
                .orElseGet(() -> Optional.of(marker + ": answered before " + log.target() + " was forced: "
                        + answer.get().text()));
    }

    private Optional<Call> first(int after, Predicate<Call> wanted) {
        return calls.stream()
                .filter(call -> call.begin() > after || after == 0)
                .filter(wanted)
                .findFirst();
    }
}
