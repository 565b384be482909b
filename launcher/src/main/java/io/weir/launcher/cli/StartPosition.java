package io.weir.launcher.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import picocli.CommandLine;

/** Where reading begins, in each partition. */
sealed interface StartPosition {
    record Beginning() implements StartPosition {}

    record End() implements StartPosition {}

    record Offset(long offset) implements StartPosition {}

    /**
     * The first record whose timestamp is not before the given one. Times before 1970 are as 1970: no record is older,
     * and the protocol takes negative ones for something else, -1 for the end.
     */
    record Timestamp(Instant timestamp) implements StartPosition {
        public Timestamp {
            timestamp = timestamp.isBefore(Instant.EPOCH) ? Instant.EPOCH : timestamp;
        }

        static Timestamp ago(Duration duration, Instant now) {
            boolean isBefore1970 = duration.compareTo(Duration.between(Instant.EPOCH, now)) >= 0;
            return new Timestamp(isBefore1970 ? Instant.EPOCH : now.minus(duration));
        }
    }

    /** Reads {@code beginning}, {@code end}, an offset, or a time as {@code 2026-11-21T10:00:00Z}. */
    static StartPosition parse(String text) {
        if (text.equals("beginning")) {
            return new Beginning();
        }
        if (text.equals("end")) {
            return new End();
        }
        try {
            if (text.matches("\\d+")) {
                return new Offset(Long.parseLong(text));
            }
            return new Timestamp(OffsetDateTime.parse(text).toInstant());
        } catch (NumberFormatException | DateTimeParseException unreadable) {
            throw new IllegalArgumentException("'" + text
                    + "' is neither beginning, end, an offset, nor a time with its zone as 2026-11-21T10:00:00Z");
        }
    }

    /** Reads a start position for picocli. */
    final class Converter implements CommandLine.ITypeConverter<StartPosition> {
        @Override
        public StartPosition convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException unreadable) {
                throw new CommandLine.TypeConversionException(unreadable.getMessage());
            }
        }
    }
}
