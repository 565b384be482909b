package io.weir.objecttier.backup;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.object.ObjectKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * What a restore begins with, for all nodes that take part: see {@code docs/formats/backup.md}. Threading: immutable.
 *
 * @param founders the nodes, as they were told of each other; empty for a process that is alone
 * @param groups in the order in which they are written
 */
public record RestorePlan(Restoration restoration, String founders, List<Group> groups) {
    static final String MAGIC = "weir-restore 1";

    private static final Pattern GROUP =
            Pattern.compile("group ([a-z0-9-]{1,32}) (none|[0-7][0-9a-f]{15}-[0-7][0-9a-f]{15}) ([0-9a-f]{64})");
    private static final String FOUNDERS = "founders ";
    private static final String CHECKSUM = "crc32c ";
    private static final HexFormat HEX = HexFormat.of();
    /** Lines that are not a group's: what it is, its founders, the checksum. */
    private static final int OTHER_LINES = 3;

    public RestorePlan {
        groups = List.copyOf(groups);
    }

    /**
     * One Raft group.
     *
     * @param copied the last entry of the backup that it begins with; empty when there is none
     * @param sha256 of the state that is made of that and of what was flushed since, in hexadecimal
     */
    public record Group(String name, Optional<LogPosition> copied, String sha256) {
        private String line() {
            String from = copied.map(at -> HEX.toHexDigits(at.index()) + "-" + HEX.toHexDigits(at.term()))
                    .orElse("none");
            return "group " + name + " " + from + " " + sha256;
        }

        private static Optional<Group> parse(String line) {
            Matcher matcher = GROUP.matcher(line);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            String from = matcher.group(2);
            Optional<LogPosition> copied = from.equals("none")
                    ? Optional.empty()
                    : Optional.of(new LogPosition(
                            HexFormat.fromHexDigitsToLong(from, 17, 33), HexFormat.fromHexDigitsToLong(from, 0, 16)));
            return Optional.of(new Group(matcher.group(1), copied, matcher.group(3)));
        }
    }

    /** The group's part, if it has one. */
    public Optional<Group> group(String name) {
        return groups.stream().filter(group -> group.name().equals(name)).findFirst();
    }

    static String prefix() {
        return "restore/";
    }

    private static String directory(Restoration restoration) {
        return prefix() + HEX.toHexDigits(restoration.number());
    }

    static ObjectKey key(Restoration restoration) {
        return new ObjectKey(directory(restoration) + "/plan");
    }

    /** Where a node says that it has taken part. */
    static ObjectKey placeOf(Restoration restoration, int node) {
        return new ObjectKey(directory(restoration) + "/node-" + node);
    }

    /** Reads the key of a plan; empty when it is another object's. */
    static Optional<Restoration> parse(ObjectKey key) {
        Matcher matcher = Pattern.compile(prefix() + "([0-7][0-9a-f]{15})/plan").matcher(key.value());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long number = HexFormat.fromHexDigitsToLong(matcher.group(1));
        return number < 1 || number > Restoration.MOST ? Optional.empty() : Optional.of(new Restoration(number));
    }

    byte[] encode() {
        StringBuilder text = new StringBuilder(MAGIC).append('\n');
        text.append(FOUNDERS).append(founders).append('\n');
        groups.forEach(group -> text.append(group.line()).append('\n'));
        return (text + CHECKSUM + checksum(text.toString()) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String checksum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return HEX.toHexDigits((int) crc.getValue());
    }

    /** Empty when it is none, or damaged. */
    static Optional<RestorePlan> decode(Restoration restoration, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf(CHECKSUM);
        List<String> lines = text.lines().toList();
        if (end < 0
                || !text.substring(end).equals(CHECKSUM + checksum(text.substring(0, end)) + "\n")
                || lines.size() < OTHER_LINES
                || !lines.getFirst().equals(MAGIC)
                || !lines.get(1).startsWith(FOUNDERS)) {
            return Optional.empty();
        }
        List<Group> groups = new ArrayList<>();
        for (String line : lines.subList(2, lines.size() - 1)) {
            Optional<Group> group = Group.parse(line);
            if (group.isEmpty()) {
                return Optional.empty();
            }
            groups.add(group.get());
        }
        return Optional.of(new RestorePlan(restoration, lines.get(1).substring(FOUNDERS.length()), groups));
    }
}
