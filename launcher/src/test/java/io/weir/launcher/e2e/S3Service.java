package io.weir.launcher.e2e;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.Conversation;
import io.weir.testsupport.process.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** An S3 service on local files, in a process of its own, with one bucket. */
final class S3Service implements AutoCloseable {
    static final String BUCKET = "weir-test";
    static final String ACCESS_KEY = "weir";
    static final String SECRET_KEY = "secret-of-the-test";

    private final Conversation process;
    private final Path objects;
    private final int port;

    private S3Service(Conversation process, Path objects, int port) {
        this.process = process;
        this.objects = objects;
        this.port = port;
    }

    static S3Service start(Path directory) throws IOException {
        int port = FreePorts.next();
        Path objects = Files.createDirectories(directory.resolve(BUCKET));
        Path settings = Files.write(
                directory.resolve("s3proxy.properties"),
                List.of(
                        "s3proxy.endpoint=http://127.0.0.1:" + port,
                        "s3proxy.authorization=aws-v2-or-v4",
                        "s3proxy.identity=" + ACCESS_KEY,
                        "s3proxy.credential=" + SECRET_KEY,
                        "jclouds.provider=filesystem-nio2",
                        "jclouds.filesystem.basedir=" + directory));
        Path quiet = Files.writeString(
                directory.resolve("logback.xml"), "<configuration><root level=\"OFF\"/></configuration>");
        Conversation process = Command.of(Weir.java(), "-Xmx300m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .with("-Dlogback.configurationFile=" + quiet)
                .with("-cp", Tools.installed("s3proxy") + "/*", "org.gaul.s3proxy.Main")
                .with("--properties", settings.toString())
                .converse();
        Await.until("the S3 service listens", Duration.ofSeconds(30), () -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            }
        });
        return new S3Service(process, objects, port);
    }

    int port() {
        return port;
    }

    /** How many objects the bucket holds. */
    long objects() throws IOException {
        try (Stream<Path> all = Files.walk(objects)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
