package org.apache.ratis.util;

import io.weir.consensus.log.Durable;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;

/**
 * Takes the place of Ratis' class of this name, which fsyncs the bytes of a file that it replaces, not the directory
 * that names it: a vote that was answered could be forgotten in a power loss, and given again (ADR 7). It must stand
 * before Ratis' own on the class path.
 *
 * <p>Threading: one thread at a time.
 */
public final class AtomicFileOutputStream extends FilterOutputStream {
    /** Of the file that is written to until it is closed. */
    public static final String TMP_EXTENSION = ".tmp";

    private final FileOutputStream bytes;
    private final File target;
    private final File temporary;
    private boolean isClosed;

    /** Of a file that appears when this is closed. */
    public AtomicFileOutputStream(File target) throws IOException {
        this(target, getTemporaryFile(target));
    }

    /** With a temporary file in the same directory. */
    public AtomicFileOutputStream(File target, File temporary) throws IOException {
        this(new FileOutputStream(temporary), target, temporary);
    }

    private AtomicFileOutputStream(FileOutputStream bytes, File target, File temporary) {
        super(new BufferedOutputStream(bytes));
        this.bytes = bytes;
        this.target = target.getAbsoluteFile();
        this.temporary = temporary.getAbsoluteFile();
    }

    /** Where a file is written to. */
    public static File getTemporaryFile(File target) {
        return new File(target.getParentFile(), target.getName() + TMP_EXTENSION);
    }

    /** What the original does not: says that this class was loaded. */
    public static boolean syncsDirectories() {
        return true;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        out.write(buffer, offset, length);
    }

    public boolean isClosed() {
        return isClosed;
    }

    /** Bytes, then the name, then the directory. */
    @Override
    public void close() throws IOException {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try (bytes) {
            out.flush();
            bytes.getFD().sync();
        } catch (IOException e) {
            Files.deleteIfExists(temporary.toPath());
            throw e;
        }
        Files.move(temporary.toPath(), target.toPath(), StandardCopyOption.ATOMIC_MOVE);
        Durable.syncDirectory(target.getParentFile().toPath());
    }

    /** Gives up: the file stays as it was. */
    public void abort() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try (bytes) {
            Files.deleteIfExists(temporary.toPath());
        } catch (IOException e) {
            throw new IllegalStateException("Cannot give up " + temporary, e);
        }
    }
}
