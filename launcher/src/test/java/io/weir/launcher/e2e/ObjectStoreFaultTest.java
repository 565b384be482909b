package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An S3 service that throws 503 for a while: appends and tail reads go on, and what waited is flushed afterwards. */
@Tag("e2e")
class ObjectStoreFaultTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int PARTITIONS = 3;

    @TempDir
    Path directory;

    @Test
    void appendsAndTailReadsGoOnWhileTheObjectStoreFails() throws Exception {
        Ledger ledger = new Ledger();
        Path objects = Files.createDirectories(directory.resolve("s3"));
        try (S3Service s3 = S3Service.start(objects);
                FaultProxy proxy = new FaultProxy(s3.port());
                ServerProcess server = server(proxy).start()) {
            try (Topics topics = new Topics(server.bootstrap())) {
                topics.create("faults", PARTITIONS);
            }
            Load load = new Load(server.bootstrap(), "faults", PARTITIONS, ledger);
            load.produce(1, 500);
            load.consume("tail-readers");
            Await.until("objects arrive", LIMIT, () -> s3.objects() > 0);

            // When
            proxy.fail(true);
            long before = ledger.records();
            Await.until("requests are refused", LIMIT, () -> proxy.refused() > 0);
            Await.until("appends go on", LIMIT, () -> ledger.records() > before + 5000);
            long read = total(ledger.committed());
            Await.until("tail reads go on", LIMIT, () -> total(ledger.committed()) > read + 500);
            long objectsBefore = s3.objects();

            // Then
            server.kill();
            server.start();
            long restarted = ledger.records();
            Await.until("it starts without its object store", LIMIT, () -> ledger.records() > restarted + 500);
            proxy.fail(false);
            Await.until("what waited is flushed", LIMIT, () -> s3.objects() > objectsBefore);
            load.stop();
            assertThat(Verification.verify(server.bootstrap(), "faults", ledger.acknowledged()))
                    .isEqualTo(ledger.records());
            assertThat(proxy.refused()).as("retries back off").isLessThan(2000);
        }
    }

    private ServerProcess server(FaultProxy proxy) {
        Command command = Weir.command()
                .withEnvironment("AWS_ACCESS_KEY_ID", S3Service.ACCESS_KEY)
                .withEnvironment("AWS_SECRET_ACCESS_KEY", S3Service.SECRET_KEY);
        return Weir.server(
                command,
                "object-store-fault",
                directory.resolve("data"),
                "--object-store",
                "s3://" + S3Service.BUCKET + "/weir",
                "--s3-endpoint",
                proxy.endpoint(),
                "--s3-region",
                "eu-central-1",
                "--s3-path-style",
                "true",
                "--flush-bytes",
                "1MiB",
                "--flush-interval",
                "1s");
    }

    private static long total(Map<Integer, Long> offsets) {
        return offsets.values().stream().mapToLong(Long::longValue).sum();
    }
}
