package io.weir.objecttier.backup;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.object.ObjectKey;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One copy of a group's state, named {@code backup/group/index-term}, numbers as 16 digits of hexadecimal: a listing
 * has the oldest first.
 *
 * @param group the group's name
 * @param position the last entry that the state holds
 */
public record Backup(String group, LogPosition position) {
    private static final String PREFIX = "backup/";
    private static final Pattern FORM =
            Pattern.compile(PREFIX + "([a-z0-9-]{1,32})/([0-7][0-9a-f]{15})-([0-7][0-9a-f]{15})");

    public ObjectKey key() {
        HexFormat hex = HexFormat.of();
        return new ObjectKey(
                prefix(group) + hex.toHexDigits(position.index()) + "-" + hex.toHexDigits(position.term()));
    }

    /** Reads a key; empty when it is not a backup's. */
    static Optional<Backup> parse(ObjectKey key) {
        Matcher matcher = FORM.matcher(key.value());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long index = HexFormat.fromHexDigitsToLong(matcher.group(2));
        long term = HexFormat.fromHexDigitsToLong(matcher.group(3));
        return Optional.of(new Backup(matcher.group(1), new LogPosition(term, index)));
    }

    static String prefix(String group) {
        return PREFIX + group + "/";
    }
}
