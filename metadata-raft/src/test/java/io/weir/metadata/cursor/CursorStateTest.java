package io.weir.metadata.cursor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.metadata.cursor.CursorReply.Appended;
import io.weir.metadata.cursor.CursorReply.Fenced;
import io.weir.metadata.cursor.CursorReply.Full;
import io.weir.metadata.cursor.CursorReply.OtherEpoch;
import io.weir.metadata.cursor.CursorReply.WrongPosition;
import io.weir.metadata.wire.MalformedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CursorStateTest {
    static final CursorState.Observer UNOBSERVED = new CursorState.Observer() {
        @Override
        public void applied(int bytes) {}

        @Override
        public void leadershipChanged(Leadership leadership) {}

        @Override
        public void written(long bytes) {}
    };

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final List<CursorCommand> COMMANDS = List.of(
            new CursorCommand.Fence(255, 3),
            new CursorCommand.Append(
                    255, 3, 0, List.of(write("group", "offset"), write("gone", "x"), write("gone", null))));

    private final CursorState state = new CursorState(new CursorLimits(100, 150), UNOBSERVED);

    @Test
    void takesAppendsOfTheFencedEpochOnly() {
        assertThat(append(0, 1, 0, write("a", "1"))).isEqualTo(new OtherEpoch(0));
        assertThat(fence(0, 2)).isEqualTo(new Fenced(0));
        assertThat(append(0, 2, 0, write("a", "1"), write("b", "1"))).isEqualTo(new Appended(2));
        assertThat(append(0, 1, 2, write("a", "2"))).isEqualTo(new OtherEpoch(2));
        assertThat(append(0, 3, 2, write("a", "2"))).isEqualTo(new OtherEpoch(2));
        assertThat(fence(0, 1)).isEqualTo(new OtherEpoch(2));
        assertThat(fence(0, 2)).as("again").isEqualTo(new Fenced(2));
        assertThat(state.view(0).contents().records()).containsExactly(write("a", "1"), write("b", "1"));
    }

    @Test
    void takesAppendsAtTheEndOnly() {
        fence(0, 1);
        assertThat(append(0, 1, 1, write("a", "1"))).isEqualTo(new WrongPosition(0));
        assertThat(append(0, 1, 0, write("a", "1"))).isEqualTo(new Appended(1));
        assertThat(append(0, 1, 0, write("a", "1"))).isEqualTo(new WrongPosition(1));
        assertThat(append(0, 1, 1)).as("nothing").isEqualTo(new Appended(1));
    }

    @Test
    void boundsACellAndAllCellsTogether() {
        for (int cell = 0; cell < 3; cell++) {
            fence(cell, 1);
        }
        String value = "v".repeat(100 - CellLog.RECORD_BYTES - 1);
        assertThat(append(0, 1, 0, write("a", value + "v"))).isInstanceOf(Full.class);
        assertThat(append(0, 1, 0, write("a", value))).isEqualTo(new Appended(1));
        assertThat(append(0, 1, 1, write("b", ""))).isInstanceOf(Full.class);
        assertThat(append(0, 1, 1, write("a", "v"))).as("smaller than before").isEqualTo(new Appended(2));
        assertThat(append(0, 1, 2, write("a", value))).isEqualTo(new Appended(3));

        assertThat(append(1, 1, 0, write("c", "v".repeat(50 - CellLog.RECORD_BYTES))))
                .isInstanceOf(Full.class);
        assertThat(append(1, 1, 0, write("c", "v".repeat(49 - CellLog.RECORD_BYTES))))
                .isEqualTo(new Appended(1));
        assertThat(append(2, 1, 0, write("d", null)))
                .as("a deletion fits always")
                .isEqualTo(new Appended(1));
        assertThat(append(0, 1, 3, write("a", null))).isEqualTo(new Appended(4));
        assertThat(append(2, 1, 1, write("d", "v"))).isEqualTo(new Appended(2));
        assertThat(state.liveBytes()).isEqualTo(50 + CellLog.RECORD_BYTES + 2);
    }

    @Test
    void restoresWhatItWrote() throws IOException {
        state.apply(LogPosition.NONE, List.of(entry(COMMANDS)));
        CursorState restored = new CursorState(new CursorLimits(100, 150), UNOBSERVED);
        restored.restore(new ByteArrayInputStream(snapshot(state)), LogPosition.NONE);

        assertThat(snapshot(restored)).isEqualTo(snapshot(state));
        assertThat(restored.view(255).contents()).isEqualTo(state.view(255).contents());
        assertThat(restored.view(255).epoch()).isEqualTo(3);
        assertThat(restored.liveBytes()).isEqualTo(state.liveBytes());
        restored.reset();
        assertThat(restored.liveBytes()).isZero();
        assertThat(restored.view(255).nextPosition()).isZero();
    }

    @Test
    void aFrozenViewDoesNotMove() throws IOException {
        state.apply(LogPosition.NONE, List.of(entry(COMMANDS)));
        byte[] before = snapshot(state);
        try (var frozen = state.freeze()) {
            append(255, 3, 3, write("group", "later"));
            fence(255, 9);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            frozen.writeTo(out);
            assertThat(out.toByteArray()).isEqualTo(before);
        }
    }

    @Test
    void bytesAreAsDocumented() throws IOException {
        assertThat(hex(entry(COMMANDS))).isEqualTo(golden("cursor-entry-v1.hex"));
        state.apply(LogPosition.NONE, List.of(entry(COMMANDS)));
        String full = hex(ByteBuffer.wrap(snapshot(state)));
        String emptyCell = "00".repeat(16);
        assertThat(full.replaceFirst(emptyCell.repeat(255), "...")).isEqualTo(golden("cursor-snapshot-v1.hex"));
    }

    @Test
    void refusesUnknownVersionsTagsAndCells() throws IOException {
        byte[] entry = bytes(entry(COMMANDS));
        assertRefused(entry, 0, 2);
        assertRefused(entry, 5, 3);
        assertRefused(entry, 6, 1);
        byte[] snapshot = snapshot(state);
        snapshot[5] = 2;
        assertThatThrownBy(() -> state.restore(new ByteArrayInputStream(snapshot), LogPosition.NONE))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("version 2");
    }

    private static void assertRefused(byte[] entry, int at, int value) {
        byte[] changed = entry.clone();
        changed[at] = (byte) value;
        assertThatThrownBy(() -> CursorCodec.decode(List.of(ByteBuffer.wrap(changed))))
                .isInstanceOf(MalformedException.class);
    }

    @Test
    void refusesTruncatedAndMutatedBytes() throws IOException {
        byte[] entry = bytes(entry(COMMANDS));
        for (int length = 0; length < entry.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(entry, 0, length);
            assertThatThrownBy(() -> CursorCodec.decode(List.of(cut))).isInstanceOf(MalformedException.class);
        }
        Random random = new Random(7);
        for (int round = 0; round < 50_000; round++) {
            byte[] mutated = entry.clone();
            mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            try {
                assertThat(CursorCodec.decode(List.of(ByteBuffer.wrap(mutated))))
                        .hasSizeLessThanOrEqualTo(2);
            } catch (MalformedException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
        state.apply(LogPosition.NONE, List.of(entry(COMMANDS)));
        byte[] snapshot = snapshot(state);
        for (int round = 0; round < 2_000; round++) {
            byte[] mutated = Arrays.copyOf(snapshot, snapshot.length - random.nextInt(2));
            mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
            assertThatThrownBy(() -> state.restore(new ByteArrayInputStream(mutated), LogPosition.NONE))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void aMillionKeysStayCompact() {
        CursorState large = new CursorState(CursorLimits.STANDARD, UNOBSERVED);
        byte[] key = new byte[60];
        byte[] value = new byte[40];
        int perCell = 1_000_000 / 256;
        for (int cell = 0; cell < 256; cell++) {
            large.apply(LogPosition.NONE, List.of(entry(List.of(new CursorCommand.Fence(cell, 1)))));
            for (int round = 0; round < 2; round++) {
                CellRecord[] records = new CellRecord[perCell];
                for (int i = 0; i < perCell; i++) {
                    ByteBuffer.wrap(key).putInt(i);
                    records[i] = new CellRecord(ByteBuffer.wrap(key.clone()), ByteBuffer.wrap(value));
                }
                var append = new CursorCommand.Append(cell, 1, (long) round * perCell, List.of(records));
                large.apply(LogPosition.NONE, List.of(entry(List.of(append))));
            }
        }
        double perKey = (double) large.heldBytes() / (256 * perCell);
        System.out.printf("Cells: %.0f bytes held per key of 100 bytes, key and value%n", perKey);
        assertThat(perKey).isLessThan(400);
    }

    private CursorReply fence(int cell, int epoch) {
        return submit(new CursorCommand.Fence(cell, epoch));
    }

    private CursorReply append(int cell, int epoch, long position, CellRecord... records) {
        return submit(new CursorCommand.Append(cell, epoch, position, List.of(records)));
    }

    private CursorReply submit(CursorCommand command) {
        List<?> replies = (List<?>) state.apply(LogPosition.NONE, List.of(entry(List.of(command))));
        return (CursorReply) replies.getFirst();
    }

    static ByteBuffer entry(List<CursorCommand> commands) {
        return CursorCodec.entry(commands.stream().map(CursorCodec::encode).toList());
    }

    static byte[] snapshot(CursorState state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var frozen = state.freeze()) {
            frozen.writeTo(out);
        }
        return out.toByteArray();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static String hex(ByteBuffer buffer) {
        return HexFormat.of().formatHex(bytes(buffer));
    }

    private static String golden(String name) throws IOException {
        return Files.readString(GOLDEN.resolve(name), StandardCharsets.US_ASCII).replaceAll("\\s", "");
    }

    private static CellRecord write(String key, @Nullable String value) {
        return new CellRecord(
                ByteBuffer.wrap(key.getBytes(UTF_8)), value == null ? null : ByteBuffer.wrap(value.getBytes(UTF_8)));
    }
}
