package io.weir.testsupport.power;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a traced process did to files, read from the output of {@code strace -f -ttt -xx}. */
public final class SystemCallTrace {
    private static final Path STRACE = Path.of("/usr/bin/strace");

    /** Whether this machine can trace. */
    public static boolean isPossible() {
        return Files.isExecutable(STRACE);
    }

    /** What traces a process into a file, put in front of its command; every byte written is in it. */
    public static List<String> tracer(Path output) {
        return List.of(
                STRACE.toString(),
                "-f",
                "-ttt",
                "--seccomp-bpf",
                "-qq",
                "-xx",
                "-s",
                "4000000",
                "-e",
                "signal=none",
                "-e",
                "trace=" + String.join(",", DiskAfterPowerLoss.TRACED),
                "-o",
                output.toString());
    }

    /**
     * One successful call.
     *
     * @param at when it began
     * @param start the line it began on; {@code end} the line it returned on, later if other threads ran between
     */
    public record Call(String name, List<String> arguments, long result, Instant at, int start, int end) {
        /** The first argument, where it is a file descriptor. */
        public int descriptor() {
            return Integer.parseInt(arguments.getFirst());
        }

        long number(int argument) {
            return Long.decode(arguments.get(argument));
        }

        byte[] bytes(int argument) {
            return unescaped(arguments.get(argument));
        }

        /** An argument that is a string or a buffer. */
        public String text(int argument) {
            return new String(bytes(argument), StandardCharsets.UTF_8);
        }

        /** An opened file has its descriptor once the call returns, a closed one has lost it once the call begins. */
        private int takesEffect() {
            return name.equals("openat") ? end : start;
        }
    }

    private record Begun(String name, String arguments, Instant at, int line) {}

    private static final Pattern LINE =
            Pattern.compile("(\\d+) +(\\d+)\\.(\\d{6}) (?:<\\.\\.\\. )?(\\w+)( resumed>|\\()(.*)", Pattern.DOTALL);
    private static final String UNFINISHED = " <unfinished ...>";

    private SystemCallTrace() {}

    /** Its calls, in the order in which they took effect. */
    public static List<Call> read(Path output) throws IOException {
        List<Call> calls = new ArrayList<>();
        Map<String, Begun> begun = new HashMap<>();
        int number = 0;
        try (Stream<String> lines = Files.lines(output, StandardCharsets.ISO_8859_1)) {
            for (String line : (Iterable<String>) lines::iterator) {
                number++;
                Matcher matcher = LINE.matcher(line);
                if (!matcher.matches()) {
                    continue;
                }
                String thread = matcher.group(1);
                String rest = matcher.group(6);
                boolean resumed = matcher.group(5).startsWith(" resumed");
                Begun earlier = resumed ? begun.remove(thread) : null;
                if (resumed && earlier == null) {
                    continue;
                }
                Begun call = earlier == null ? new Begun(matcher.group(4), rest, at(matcher), number) : earlier;
                if (rest.endsWith(UNFINISHED)) {
                    String arguments = rest.substring(0, rest.length() - UNFINISHED.length());
                    begun.put(thread, new Begun(call.name(), arguments, call.at(), number));
                } else {
                    add(calls, call, earlier == null ? rest : earlier.arguments() + rest, number);
                }
            }
        }
        calls.sort(Comparator.comparingInt(Call::takesEffect));
        return calls;
    }

    private static Instant at(Matcher matcher) {
        return Instant.ofEpochSecond(Long.parseLong(matcher.group(2)), 1000L * Long.parseLong(matcher.group(3)));
    }

    private static void add(List<Call> calls, Begun begun, String whole, int end) {
        int close = whole.lastIndexOf(')');
        int equals = whole.indexOf('=', close);
        if (close < 0 || equals < 0) {
            return;
        }
        String result = whole.substring(equals + 1).trim().split(" ", 2)[0];
        if (!result.matches("\\d+")) {
            return;
        }
        List<String> arguments = Stream.of(whole.substring(0, close).split(","))
                .map(String::trim)
                .toList();
        calls.add(new Call(begun.name(), arguments, Long.parseLong(result), begun.at(), begun.line(), end));
    }

    private static byte[] unescaped(String quoted) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(quoted.length() / 4);
        for (int i = quoted.indexOf('\\'); i >= 0 && i + 3 < quoted.length(); i += 4) {
            bytes.write(Character.digit(quoted.charAt(i + 2), 16) << 4 | Character.digit(quoted.charAt(i + 3), 16));
        }
        return bytes.toByteArray();
    }
}
