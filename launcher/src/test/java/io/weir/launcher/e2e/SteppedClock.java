package io.weir.launcher.e2e;

import io.weir.testsupport.process.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * The time of day of a process, which can be stepped while it runs: by a library of ours that is loaded in front of the
 * C library, so that nothing in the process is spared.
 */
final class SteppedClock {
    private static final Path SOURCE = Path.of("launcher", "src", "test", "clock", "stepped-clock.c");

    private final Path file;
    private final Path library;

    /** Steps by what a file says; skips the test, visibly, where there is no C compiler. */
    SteppedClock(Path file) throws IOException {
        this.file = file;
        this.library = file.resolveSibling(file.getFileName() + ".so");
        Command.of(Tools.onPath("gcc"), "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror")
                .with("-o", library.toString(), Weir.root().resolve(SOURCE).toString(), "-ldl")
                .run()
                .succeeded();
        Files.write(file, new byte[Long.BYTES]);
    }

    /** The same command, with this clock. */
    Command in(Command command) {
        return command.withEnvironment("LD_PRELOAD", library.toString())
                .withEnvironment("STEPPED_CLOCK", file.toString());
    }

    /** Sets it wrong by so much, at once; by nothing again with zero. */
    void isOffBy(Duration step) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .putLong(0, step.toSeconds()));
        }
    }
}
