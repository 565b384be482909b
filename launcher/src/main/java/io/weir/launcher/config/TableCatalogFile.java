package io.weir.launcher.config;

import io.weir.lakehouse.mirror.MirrorConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** What is in the file that {@code table-catalog} names. A file, since passwords are among it. */
final class TableCatalogFile {
    private static final int MAX_BYTES = 64 << 10;
    private static final String NAME = "catalog-name";
    private static final String STANDARD_NAME = "weir";

    private TableCatalogFile() {}

    /** @throws IllegalArgumentException when the file cannot be read, or is not about a catalog that can be used */
    static MirrorConfig read(String file) {
        Properties lines = new Properties();
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IllegalArgumentException(file + " has more than " + MAX_BYTES + " bytes");
            }
            lines.load(new StringReader(new String(bytes, StandardCharsets.UTF_8)));
        } catch (IOException | InvalidPathException unreadable) {
            throw new IllegalArgumentException("Cannot read the file: " + unreadable, unreadable);
        }
        Map<String, String> properties = new HashMap<>();
        lines.stringPropertyNames().forEach(key -> properties.put(key, lines.getProperty(key)));
        String name = properties.remove(NAME);
        return MirrorConfig.of(name == null ? STANDARD_NAME : name, properties);
    }
}
