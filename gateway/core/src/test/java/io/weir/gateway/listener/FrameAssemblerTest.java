package io.weir.gateway.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameAssemblerTest {
    private static final int MAX = 300_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void cutsAnyChunkingIntoTheSameFrames(long seed) {
        // Given
        Random random = new Random(seed);
        List<byte[]> frames = new ArrayList<>();
        ByteBuf stream = Unpooled.buffer();
        for (int i = 0; i < 50; i++) {
            byte[] frame = new byte[1 + random.nextInt(i % 10 == 0 ? MAX : 500)];
            random.nextBytes(frame);
            frames.add(frame);
            stream.writeInt(frame.length).writeBytes(frame);
        }

        // When
        FrameAssembler assembler = new FrameAssembler(MAX);
        List<byte[]> cut = new ArrayList<>();
        while (stream.isReadable()) {
            ByteBuf chunk = stream.readSlice(Math.min(stream.readableBytes(), 1 + random.nextInt(70_000)));
            for (byte[] frame = assembler.next(chunk); frame != null; frame = assembler.next(chunk)) {
                cut.add(frame);
            }
        }

        // Then
        assertThat(cut).usingElementComparator(java.util.Arrays::compare).containsExactlyElementsOf(frames);
    }

    @Test
    void aLengthAloneCostsNearlyNothing() {
        FrameAssembler assembler = new FrameAssembler(100 << 20);
        assertThat(assembler.next(Unpooled.buffer().writeInt(100 << 20))).isNull();
        assertThat(assembler.heldBytes()).isLessThanOrEqualTo(16 << 10);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, MAX + 1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void refusesLengthsThatNoFrameHas(int length) {
        FrameAssembler assembler = new FrameAssembler(MAX);
        assertThatThrownBy(() -> assembler.next(Unpooled.buffer().writeInt(length)))
                .isInstanceOf(FrameAssembler.FrameRefused.class);
    }
}
