package io.weir.testsupport.process;

import io.weir.testsupport.file.Trees;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * A class path as jars, whatever the build has made of it so far: the JVM keeps classes ahead of time for jars only.
 * What is made of a class path is kept below one directory until another one replaces it.
 *
 * <p>Threading: any thread of any process.
 *
 * @param home what was made of this class path is in here
 * @param jars the class path
 */
record PackedClasses(Path home, List<Path> jars) {
    private static final int FINGERPRINT_BYTES = 12;

    /** Makes files below a home that is still to be named. */
    @FunctionalInterface
    interface Preparation {
        void in(Path home, List<Path> jars) throws IOException;
    }

    /**
     * Of a class path, with what is to be prepared once for it.
     *
     * @param kept below which this class path has its home; those of others are deleted
     * @param preparation done by one process, while the others wait
     */
    static PackedClasses of(List<Path> classPath, Path kept, Preparation preparation) throws IOException {
        Path home = kept.resolve(fingerprint(classPath));
        List<Path> jars = classPath.stream().map(entry -> jarOf(entry, home)).toList();
        Path made = home.resolve("made");
        if (!Files.exists(made)) {
            Files.createDirectories(kept);
            try (FileChannel lock =
                    FileChannel.open(kept.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                lock.lock();
                if (!Files.exists(made)) {
                    deleteHomes(kept);
                    Files.createDirectories(home);
                    for (Path entry : classPath) {
                        pack(entry, home);
                    }
                    preparation.in(home, jars);
                    Files.createFile(made);
                }
            }
        }
        return new PackedClasses(home, jars);
    }

    /** Packs what is not part of the class path that was prepared. */
    Path more(Path directory) throws IOException {
        Path jar = home.resolve(fingerprint(List.of(directory)) + ".jar");
        if (!Files.exists(jar)) {
            pack(directory, jar, home);
        }
        return jar;
    }

    private static Path jarOf(Path entry, Path home) {
        return Files.isDirectory(entry) ? home.resolve(moduleOf(entry) + ".jar") : entry;
    }

    /** The directories end in {@code MODULE/target/classes}. */
    private static String moduleOf(Path directory) {
        return directory.getName(directory.getNameCount() - 3).toString();
    }

    private static void pack(Path entry, Path home) throws IOException {
        if (Files.isDirectory(entry)) {
            pack(entry, jarOf(entry, home), home);
        }
    }

    private static void pack(Path directory, Path jar, Path home) throws IOException {
        Path begun = Files.createTempFile(home, "packing", ".jar");
        try (OutputStream file = Files.newOutputStream(begun);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted().skip(1).toList()) {
                boolean isDirectory = Files.isDirectory(path);
                out.putNextEntry(new JarEntry(directory.relativize(path) + (isDirectory ? "/" : "")));
                if (!isDirectory) {
                    Files.copy(path, out);
                }
                out.closeEntry();
            }
        }
        Files.move(begun, jar, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Of the names, sizes and times of all files. */
    private static String fingerprint(List<Path> classPath) throws IOException {
        StringBuilder all = new StringBuilder();
        for (Path entry : classPath) {
            try (Stream<Path> tree = Files.walk(entry)) {
                for (Path path : tree.filter(Files::isRegularFile).sorted().toList()) {
                    all.append(path)
                            .append(' ')
                            .append(Files.size(path))
                            .append(' ')
                            .append(Files.getLastModifiedTime(path))
                            .append('\n');
                }
            }
        }
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(all.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JVM has it", e);
        }
    }

    private static void deleteHomes(Path kept) throws IOException {
        try (Stream<Path> homes = Files.list(kept)) {
            for (Path home : homes.filter(Files::isDirectory).toList()) {
                Trees.delete(home);
            }
        }
    }
}
