package io.weir.objecttier.naming;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What the key of one of a shard's objects says: {@code hash/shard/kind-term-from-upTo-nonce}, numbers in hexadecimal.
 * The hash is one digit, so that requests spread over sixteen prefixes and a shard's objects are still found by prefix.
 *
 * @param term of the leader that created it
 * @param range the log entries it was made from
 * @param nonce random: no key is ever used twice
 */
public record ObjectName(Kind kind, ShardId shard, long term, LogRange range, long nonce) {
    private static final Pattern FORM = Pattern.compile(
            "([0-9a-f])/([0-9a-f]{1,8})/([scm])-([0-9a-f]{1,16})-([0-9a-f]{1,16})-([0-9a-f]{1,16})-([0-9a-f]{16})");

    /** Who made an object, and so what proves that nobody will ever refer to it. */
    public enum Kind {
        /** A segment made by a flush. */
        FLUSHED('s'),
        /** A segment made by an announced compaction. */
        COMPACTED('c'),
        /** A manifest; always announced. */
        MANIFEST('m');

        private final char letter;

        Kind(char letter) {
            this.letter = letter;
        }

        private static Kind of(char letter) {
            for (Kind kind : values()) {
                if (kind.letter == letter) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("No kind '" + letter + "'");
        }
    }

    public ObjectKey key() {
        return new ObjectKey(String.format(
                Locale.ROOT,
                "%x/%x/%c-%x-%x-%x-%016x",
                nonce >>> 60,
                shard.value(),
                kind.letter,
                term,
                range.from(),
                range.upTo(),
                nonce));
    }

    /** Reads a key; empty when it is not one of ours. */
    public static Optional<ObjectName> parse(ObjectKey key) {
        Matcher matcher = FORM.matcher(key.value());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long from = number(matcher.group(5));
        long upTo = number(matcher.group(6));
        long shard = number(matcher.group(2));
        if (from < 0 || upTo < from || shard > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        return Optional.of(new ObjectName(
                Kind.of(matcher.group(3).charAt(0)),
                new ShardId((int) shard),
                number(matcher.group(4)),
                new LogRange(from, upTo),
                number(matcher.group(7))));
    }

    /** The prefixes under which all of a shard's objects are found. */
    public static List<String> prefixes(ShardId shard) {
        return IntStream.range(0, 16)
                .mapToObj(hash -> Integer.toHexString(hash) + "/" + Integer.toHexString(shard.value()) + "/")
                .toList();
    }

    private static long number(String hex) {
        return HexFormat.fromHexDigitsToLong(hex);
    }
}
