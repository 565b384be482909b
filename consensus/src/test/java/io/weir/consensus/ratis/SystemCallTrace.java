package io.weir.consensus.ratis;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a traced process did to files, read from the output of {@code strace -f -xx}. */
final class SystemCallTrace {
    /** What traces a process into a file; every byte written is in it. */
    static List<String> tracer(Path output) {
        return List.of(
                "strace",
                "-f",
                "--seccomp-bpf",
                "-qq",
                "-xx",
                "-s",
                "4000000",
                "-e",
                "signal=none",
                "-e",
                "trace=openat,close,write,pwrite64,lseek,ftruncate,fsync,fdatasync,rename,unlink,mkdir",
                "-o",
                output.toString());
    }

    /**
     * One successful call.
     *
     * @param start the line it began on; {@code end} the line it returned on, later if other threads ran between
     */
    record Call(String name, List<String> arguments, long result, int start, int end) {
        int descriptor() {
            return Integer.parseInt(arguments.getFirst());
        }

        long number(int argument) {
            return Long.decode(arguments.get(argument));
        }

        byte[] bytes(int argument) {
            return unescaped(arguments.get(argument));
        }

        String text(int argument) {
            return new String(bytes(argument), StandardCharsets.UTF_8);
        }
    }

    private record Begun(String name, String arguments, int line) {}

    private static final Pattern LINE =
            Pattern.compile("(\\d+) +(?:<\\.\\.\\. )?(\\w+)( resumed>|\\()(.*)", Pattern.DOTALL);
    private static final String UNFINISHED = " <unfinished ...>";

    private SystemCallTrace() {}

    /** Its calls, in the order in which they began. */
    static List<Call> read(Path output) throws IOException {
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
                String rest = matcher.group(4);
                Begun earlier = matcher.group(3).startsWith(" resumed") ? begun.remove(thread) : null;
                if (earlier == null && matcher.group(3).startsWith(" resumed")) {
                    continue;
                }
                if (rest.endsWith(UNFINISHED)) {
                    String arguments = rest.substring(0, rest.length() - UNFINISHED.length());
                    begun.put(thread, new Begun(matcher.group(2), arguments, number));
                } else {
                    String whole = earlier == null ? rest : earlier.arguments() + rest;
                    add(calls, matcher.group(2), whole, earlier == null ? number : earlier.line(), number);
                }
            }
        }
        calls.sort(Comparator.comparingInt(Call::start));
        return calls;
    }

    private static void add(List<Call> calls, String name, String whole, int start, int end) {
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
        calls.add(new Call(name, arguments, Long.parseLong(result), start, end));
    }

    private static byte[] unescaped(String quoted) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(quoted.length() / 4);
        for (int i = quoted.indexOf('\\'); i >= 0 && i + 3 < quoted.length(); i += 4) {
            bytes.write(Character.digit(quoted.charAt(i + 2), 16) << 4 | Character.digit(quoted.charAt(i + 3), 16));
        }
        return bytes.toByteArray();
    }
}
