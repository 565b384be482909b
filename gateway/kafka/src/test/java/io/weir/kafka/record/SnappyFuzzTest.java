package io.weir.kafka.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.kafka.Fuzzing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@link SnappyBlocks} lets pass never makes the library give out more than the limit. */
@Timeout(180)
class SnappyFuzzTest {
    private static final int LIMIT_BYTES = 64 << 10;

    private final Fuzzing fuzzing = new Fuzzing(SnappyFuzzTest.class, SnappyFuzzTest::attempt);

    @Test
    void damagedBlocksAreRefusedOrSmall() {
        fuzzing.briefly();
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    @Timeout(value = 1, unit = java.util.concurrent.TimeUnit.DAYS)
    void damagedBlocksAreRefusedOrSmallForLong() throws Exception {
        fuzzing.forLong();
    }

    private static void attempt(Random random) throws IOException {
        byte[] plain = new byte[random.nextInt(2 * LIMIT_BYTES)];
        ByteBufferOutputStream out = new ByteBufferOutputStream(256);
        try (var snappy = Compression.snappy().build().wrapForOutput(out, (byte) 2)) {
            snappy.write(plain);
        }
        ByteBuffer compressed = out.buffer().flip();
        byte[] bytes = new byte[compressed.remaining()];
        compressed.get(bytes);
        ByteBuffer damaged = ByteBuffer.wrap(random.nextInt(10) == 0 ? bytes : Fuzzing.damaged(bytes, random));
        try {
            SnappyBlocks.check(damaged, LIMIT_BYTES);
        } catch (MalformedRecords refused) {
            return;
        }
        assertThat(decompressed(damaged)).isLessThanOrEqualTo(LIMIT_BYTES);
    }

    private static long decompressed(ByteBuffer bytes) {
        long total = 0;
        try (InputStream in = Compression.snappy().build().wrapForInput(bytes, (byte) 2, BufferSupplier.NO_CACHING)) {
            byte[] window = new byte[4096];
            for (int read = in.read(window); read > 0; read = in.read(window)) {
                total += read;
            }
        } catch (IOException | RuntimeException undecodable) {
            return total;
        }
        return total;
    }
}
