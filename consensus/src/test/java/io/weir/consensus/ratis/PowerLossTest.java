package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.testsupport.power.DiskAfterPowerLoss;
import io.weir.testsupport.power.SystemCallTrace;
import io.weir.testsupport.power.SystemCallTrace.Call;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cuts the power at moments of a traced run, and looks for what had been acknowledged by then. */
class PowerLossTest {
    private static final int SEGMENT_BYTES = 1 << 18;
    private static final int ENTRIES = 220;
    private static final int CUTS = 10;
    private static final Pattern ACKNOWLEDGED = Pattern.compile("ack (\\d+)");

    @TempDir
    private Path scratch;

    private record Ack(int line, long highest) {}

    @Test
    void everyAcknowledgedEntrySurvivesPowerLoss() throws Exception {
        assumeTrue(SystemCallTrace.isPossible(), "strace is not installed");
        long seed = 20261121;
        Random random = new Random(seed);
        Path disk = Files.createDirectory(scratch.resolve("disk")).toRealPath();
        Path trace = scratch.resolve("trace");

        // Given a run under load, with snapshots and many log files, every byte of it traced
        ChildProcess child = ChildProcess.start(SystemCallTrace.tracer(trace), disk, seed, ENTRIES, SEGMENT_BYTES);
        child.awaitEnd();
        List<Call> calls = SystemCallTrace.read(trace);
        List<Ack> acks = acks(calls);
        assertThat(acks).hasSizeGreaterThan(ENTRIES / 2);

        for (int cut = 0; cut < CUTS; cut++) {
            // When the power fails just as an acknowledgement leaves
            Ack ack = acks.get(cut == 0 ? 0 : random.nextInt(acks.size()));
            DiskAfterPowerLoss after = DiskAfterPowerLoss.at(ack.line(), calls, disk);
            Path left = scratch.resolve("left-" + cut);
            if (cut % 2 == 0) {
                after.writeCertain(left);
            } else {
                after.writeSome(left, random);
            }
            // Then it and all before it are there
            String what = "seed " + seed + ", cut " + cut + " at line " + ack.line();
            assertThat(recovered(left, what).hasAllUpTo(ack.highest()))
                    .as("%s: all up to %d", what, ack.highest())
                    .isTrue();
        }
    }

    private static List<Ack> acks(List<Call> calls) {
        List<Ack> acks = new ArrayList<>();
        long highest = -1;
        for (Call call : calls) {
            if (call.name().equals("write") && call.descriptor() == 1) {
                Matcher matcher = ACKNOWLEDGED.matcher(call.text(1));
                while (matcher.find()) {
                    highest = Math.max(highest, Long.parseLong(matcher.group(1)));
                    acks.add(new Ack(call.start(), highest));
                }
            }
        }
        return acks;
    }

    private static NumberState recovered(Path directory, String what) throws IOException {
        NumberState state = new NumberState();
        ConsensusConfig config = ConsensusConfig.defaults(directory)
                .withLimits("load", new ConsensusConfig.Limits(1 << 20, SEGMENT_BYTES));
        try (RatisConsensus consensus = new RatisConsensus(config, new SimpleMeterRegistry())) {
            assertThat(consensus.open("load", state).failure()).as(what).isEmpty();
        }
        return state;
    }
}
