package io.weir.metadata.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.metadata.command.Decisions;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireWriter;
import io.weir.testsupport.seed.LongRun;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for the bytes of every kind of command, in an entry of the log and in a snapshot of what they come to. */
abstract class CodecContract {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final int MUTATED_ENTRIES = 20_000;
    private static final int MUTATED_SNAPSHOTS = 5_000;

    private final String golden;
    private final List<MetadataCommand> commands;

    /**
     * @param golden with what the names of the files begin that hold the documented bytes
     * @param commands at least one of each, which leave something of each kind in the image
     */
    CodecContract(String golden, List<MetadataCommand> commands) {
        this.golden = golden;
        this.commands = commands;
    }

    @Test
    void readsWhatItWrote() throws IOException {
        assertThat(CommandCodec.decode(List.of(ByteBuffer.wrap(entry())))).isEqualTo(commands);
    }

    @Test
    void entryBytesAreAsDocumented() throws IOException {
        assertThat(hex(entry())).isEqualTo(golden("-entry-v1.hex"));
    }

    @Test
    void snapshotBytesAreAsDocumented() throws IOException {
        assertThat(hex(snapshot(image()))).isEqualTo(golden("-snapshot-v1.hex"));
    }

    @Test
    void restoresAnEqualImage() throws IOException {
        ClusterImage image = image();
        ClusterImage restored = restored(snapshot(image));
        assertThat(restored).isEqualTo(image);
        assertThat(snapshot(restored)).isEqualTo(snapshot(image));
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        byte[] entry = entry();
        for (int length = 0; length < entry.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(entry, 0, length);
            assertThatThrownBy(() -> CommandCodec.decode(List.of(cut))).isInstanceOf(MalformedException.class);
        }
        byte[] snapshot = snapshot(image());
        for (int length = 0; length < snapshot.length; length++) {
            ByteArrayInputStream cut = new ByteArrayInputStream(snapshot, 0, length);
            assertThatThrownBy(() -> SnapshotCodec.read(cut)).isInstanceOf(MalformedException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMutatedEntryIsRefusedOrDecidable(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] original = entry();
        for (int round = 0; round < MUTATED_ENTRIES; round++) {
            byte[] mutated = original.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            List<MetadataCommand> understood;
            try {
                understood = CommandCodec.decode(List.of(ByteBuffer.wrap(mutated)));
            } catch (MalformedException refused) {
                continue;
            }
            ClusterImage image = evolved(understood);
            assertThat(restored(snapshot(image))).isEqualTo(image);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMutatedSnapshotIsRefused(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] original = snapshot(image());
        for (int round = 0; round < MUTATED_SNAPSHOTS; round++) {
            byte[] mutated = original.clone();
            mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
            assertThatThrownBy(() -> restored(mutated)).isInstanceOf(MalformedException.class);
        }
    }

    /** As many seeds as there is time for; the test of each kind of command has a share of its own. */
    final void mutateForLong() throws Exception {
        LongRun.of(getClass().getSimpleName()).run("mutated entries and snapshots", seed -> {
            aMutatedEntryIsRefusedOrDecidable(seed);
            aMutatedSnapshotIsRefused(seed);
            return MUTATED_ENTRIES + MUTATED_SNAPSHOTS;
        });
    }

    final ClusterImage image() {
        return evolved(commands);
    }

    final byte[] entry() {
        return bytes(CommandCodec.entry(
                1_800_000_000_000L, commands.stream().map(CommandCodec::encode).toList()));
    }

    static byte[] snapshot(ClusterImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long written = SnapshotCodec.write(image, out);
        assertThat(written).isEqualTo(out.size());
        return out.toByteArray();
    }

    static ClusterImage restored(byte[] snapshot) throws IOException {
        return SnapshotCodec.read(new ByteArrayInputStream(snapshot));
    }

    static List<MetadataCommand> decoded(MetadataCommand command) throws IOException {
        return CommandCodec.decode(List.of(CommandCodec.entry(0, List.of(CommandCodec.encode(command)))));
    }

    static List<MetadataCommand> decode(WireWriter command) throws IOException {
        return CommandCodec.decode(List.of(CommandCodec.entry(0, List.of(command.view()))));
    }

    static SortedMap<String, @Nullable String> changes(@Nullable String... pairs) {
        SortedMap<String, @Nullable String> changes = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            changes.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return changes;
    }

    private static ClusterImage evolved(List<MetadataCommand> commands) {
        ClusterImage image = ClusterImage.EMPTY;
        for (MetadataCommand command : commands) {
            for (MetadataRecord fact : Decisions.decide(image, command).records()) {
                image = image.evolve(fact);
            }
        }
        return image;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private String golden(String name) throws IOException {
        return Files.readString(GOLDEN.resolve(golden + name), StandardCharsets.US_ASCII)
                .replaceAll("\\s", "");
    }
}
