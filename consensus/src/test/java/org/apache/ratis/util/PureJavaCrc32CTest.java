package org.apache.ratis.util;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.ratis.RatisConsensus;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.Checksum;
import org.apache.ratis.server.RaftServer;
import org.junit.jupiter.api.Test;

class PureJavaCrc32CTest {
    @Test
    void standsBeforeTheClassItReplaces() {
        assertThat(PureJavaCrc32C.class.getProtectionDomain().getCodeSource())
                .isEqualTo(RatisConsensus.class.getProtectionDomain().getCodeSource());
    }

    @Test
    void givesTheValuesOfTheClassItReplaces() throws Exception {
        URL ratis = JavaUtils.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader original = new URLClassLoader(
                new URL[] {ratis}, RaftServer.class.getClassLoader().getParent())) {
            Checksum theirs = (Checksum) original.loadClass(PureJavaCrc32C.class.getName())
                    .getConstructor()
                    .newInstance();
            PureJavaCrc32C ours = new PureJavaCrc32C();
            Random random = new Random(7);
            for (int size = 0; size < 300; size++) {
                byte[] bytes = new byte[size];
                random.nextBytes(bytes);
                ours.update(bytes, 0, size);
                theirs.update(bytes, 0, size);
                ours.update(ByteBuffer.wrap(bytes));
                theirs.update(ByteBuffer.wrap(bytes));
                ours.update(size);
                theirs.update(size);

                assertThat(ours.getValue()).as("after %d bytes", size).isEqualTo(theirs.getValue());
            }
        }
    }
}
