package io.weir.testsupport.file;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.stream.Stream;

/** Copies and deletes what is below a directory. */
public final class Trees {
    private Trees() {}

    /** Files that are there already stay as they are. */
    public static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                copy(from, path, to);
            }
        }
    }

    /** Where files are deleted meanwhile, which may be missing then. */
    public static void copyInUse(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                copy(from, directory, to);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                try {
                    copy(from, file, to);
                } catch (NoSuchFileException deleted) {
                    Files.deleteIfExists(to.resolve(from.relativize(file).toString()));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException why) throws IOException {
                if (why instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw why;
            }
        });
    }

    private static void copy(Path from, Path path, Path to) throws IOException {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
            Files.createDirectories(target);
        } else if (!Files.exists(target)) {
            Files.copy(path, target);
        }
    }

    /** A directory and all that is in it. */
    public static void delete(Path tree) throws IOException {
        empty(tree);
        Files.delete(tree);
    }

    /** All that is in a directory, which stays: it may be a mount point. */
    public static void empty(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.skip(1).sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
