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

/** One page of the keys below a directory: the smallest ones that are wanted, held in a tree as big as the page. */
final class Listing {
    private final Path root;
    private final String prefix;
    private final @Nullable ObjectKey after;
    private final int limit;
    private final TreeMap<ObjectKey, Long> page = new TreeMap<>();

    Listing(Path root, String prefix, @Nullable ObjectKey after, int limit) {
        this.root = root;
        this.prefix = prefix;
        this.after = after;
        this.limit = limit;
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
                if (!name.equals(FileObjectStore.INCOMING)) {
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

    private void visit(Path entry, String name) throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(entry, BasicFileAttributes.class);
        } catch (NoSuchFileException deletedMeanwhile) {
            return;
        }
        if (attributes.isDirectory()) {
            String folder = name + "/";
            if (folder.startsWith(prefix) || prefix.startsWith(folder)) {
                walk(entry, folder);
            }
        } else if (name.startsWith(prefix)) {
            offer(new ObjectKey(name), attributes.size());
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
