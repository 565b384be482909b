package io.weir.consensus.ratis.follow;

import io.weir.contracts.consensus.LogPosition;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import org.apache.ratis.util.MD5FileUtil;

/**
 * A snapshot on its way from a replica, in a file that lasts until it is closed: nothing is restored from it before all
 * of it is here and has the checksum that it had there.
 *
 * <p>Threading: one thread at a time.
 */
final class ArrivingSnapshot implements AutoCloseable {
    private final FromReplica.Snapshot announced;
    private final Path path;
    private final FileChannel file;
    private final MessageDigest digest = MD5FileUtil.newMD5();
    private long left;

    /** Puts the file into a directory, in place of one that a crash left. */
    ArrivingSnapshot(FromReplica.Snapshot announced, Path path) throws IOException {
        if (announced.size() < 0) {
            throw new IOException("A snapshot of " + announced.size() + " bytes");
        }
        this.announced = announced;
        this.path = path;
        this.left = announced.size();
        Files.createDirectories(path.toAbsolutePath().getParent());
        this.file = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    LogPosition position() {
        return announced.position();
    }

    /**
     * Takes the next bytes.
     *
     * @throws IOException when they are more than were announced, or cannot be written
     */
    void add(ByteBuffer part) throws IOException {
        if (part.remaining() > left) {
            throw new IOException("A snapshot longer than its " + announced.size() + " bytes");
        }
        left -= part.remaining();
        digest.update(part.duplicate());
        ByteBuffer bytes = part.duplicate();
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    boolean isComplete() {
        return left == 0;
    }

    /**
     * The whole of it.
     *
     * @throws IOException when it has another checksum
     */
    InputStream open() throws IOException {
        if (!ByteBuffer.wrap(digest.digest()).equals(announced.checksum())) {
            throw new IOException("A snapshot at " + position() + " whose bytes do not match its checksum");
        }
        return new BufferedInputStream(Files.newInputStream(path));
    }

    @Override
    public void close() throws IOException {
        file.close();
        Files.deleteIfExists(path);
    }
}
