package io.weir.consensus.log;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The last entry that a log had once, and may have acknowledged, where it ends earlier now: what stood in between was
 * damaged, and what damaged it, a crash or the disk, cannot be told. Compared as Raft compares the ends of logs.
 */
public record Doubt(long term, long index) implements Comparable<Doubt> {
    private static final Comparator<Doubt> ORDER =
            Comparator.comparingLong(Doubt::term).thenComparingLong(Doubt::index);

    private static final Pattern TEXT = Pattern.compile("(\\d{1,18}) (\\d{1,18})\n");

    @Override
    public int compareTo(Doubt other) {
        return ORDER.compare(this, other);
    }

    /**
     * The one that a file holds; empty where there is no such file.
     *
     * @throws ServiceException {@code CORRUPT} when it holds something else
     */
    public static Optional<Doubt> in(Path file) throws IOException {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new ServiceException(FailureCode.CORRUPT, "File " + file + " does not hold a term and an index");
        }
        return Optional.of(new Doubt(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))));
    }

    /** Has a file hold the later of this one and the one that it holds, so that it survives. */
    public void keepIn(Path file) throws IOException {
        Optional<Doubt> earlier = in(file);
        if (earlier.isEmpty() || earlier.get().compareTo(this) < 0) {
            Durable.replace(file, term + " " + index + "\n");
        }
    }

    /** Deletes what a file holds, if there is one. */
    public static void end(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (Files.deleteIfExists(file) && directory != null) {
            Durable.syncDirectory(directory);
        }
    }

    @Override
    public String toString() {
        return "entry " + index + " of term " + term;
    }
}
