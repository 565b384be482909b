package io.weir.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of this repository, for tests that hold them to something. */
public final class Repository {
    private Repository() {}

    public static Path root() {
        return Path.of(System.getProperty("weir.root", "..")).toAbsolutePath().normalize();
    }

    /** A document's text. With {@code -Dweir.write.documents=true} it is written first. */
    public static String document(String path, String generated) {
        try {
            Path file = root().resolve(path);
            if (Boolean.getBoolean("weir.write.documents")) {
                Files.writeString(file, generated);
            }
            return Files.readString(file);
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot read " + path, failed);
        }
    }
}
