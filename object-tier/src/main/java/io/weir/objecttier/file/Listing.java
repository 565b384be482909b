package io.weir.objecttier.file;

import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore.ListedObject;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One page of the keys below a directory: the smallest ones that are wanted, held in a tree as big as the page.
 *
 * <p>Every name in a directory is read for each of its pages, but only files and directories that may be on the page
 * are looked at.
 */
final class Listing {
    private final Path root;
    private final String prefix;
    private final @Nullable ObjectKey after;
    private final int limit;
    private final Attributes attributes;
    private final TreeMap<ObjectKey, Long> page = new TreeMap<>();

    /** Looks at a file or directory. */
    @FunctionalInterface
    interface Attributes {
        BasicFileAttributes of(Path path) throws IOException;
    }

    Listing(Path root, String prefix, @Nullable ObjectKey after, int limit) {
        this(root, prefix, after, limit, path -> Files.readAttributes(path, BasicFileAttributes.class));
    }

    Listing(Path root, String prefix, @Nullable ObjectKey after, int limit, Attributes attributes) {
        this.root = root;
        this.prefix = prefix;
        this.after = after;
        this.limit = limit;
        this.attributes = attributes;
    }

    List<ListedObject> page() throws IOException {
        int folder = prefix.lastIndexOf('/');
        String start = folder < 0 ? "" : prefix.substring(0, folder + 1);
        walk(start.isEmpty() ? root : root.resolve(start), start);
        List<ListedObject> objects = new ArrayList<>(page.size());
        page.forEach((key, size) -> objects.add(new ListedObject(key, size)));
        return List.copyOf(objects);
    }

    private void walk(Path directory, String keyPrefix) throws IOException {
        try (var entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = keyPrefix + entry.getFileName();
                // Files on their way here: this store's, and those of others who share the directory.
                if (name.charAt(0) != '~' && isWanted(name)) {
                    visit(entry, name);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException gone) {
            // Nothing is below a directory that is not there.
            return;
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
    }

    /** Whether a file of this name, or something in a directory of this name, may be on the page. */
    private boolean isWanted(String name) {
        String folder = name + "/";
        if (!name.startsWith(prefix) && !prefix.startsWith(folder)) {
            return false;
        }
        if (after != null
                && folder.compareTo(after.value()) < 0
                && !after.value().startsWith(folder)) {
            return false;
        }
        return page.size() < limit || name.compareTo(page.lastKey().value()) < 0;
    }

    private void visit(Path entry, String name) throws IOException {
        BasicFileAttributes found;
        try {
            found = attributes.of(entry);
        } catch (NoSuchFileException deletedMeanwhile) {
            return;
        }
        if (found.isDirectory()) {
            walk(entry, name + "/");
        } else if (name.startsWith(prefix)) {
            offer(new ObjectKey(name), found.size());
        }
    }

    private void offer(ObjectKey key, long size) {
        if (after != null && key.compareTo(after) <= 0) {
            return;
        }
        page.put(key, size);
        if (page.size() > limit) {
            page.pollLastEntry();
        }
    }
}
