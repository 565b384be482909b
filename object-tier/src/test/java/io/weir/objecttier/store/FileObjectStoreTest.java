package io.weir.objecttier.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.objecttier.file.FileObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileObjectStoreTest extends ObjectStoreContract {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @Override
    protected ObjectStore openEmpty() throws IOException {
        return new FileObjectStore(directory.resolve("not/there/yet"), new NodeId(1));
    }

    @Test
    void removesLeftoversOfACrashWhenOpened() throws IOException {
        // Given a store that crashed while it wrote
        Path root = directory.resolve("objects");
        new FileObjectStore(root, new NodeId(1)).close();
        Path leftover = Files.write(root.resolve("~incoming/node-1/object-7"), new byte[] {1, 2});

        // When
        try (FileObjectStore store = new FileObjectStore(root, new NodeId(1))) {
            // Then
            assertThat(leftover).doesNotExist();
            assertThat(await(store.list("", null, 10))).isEmpty();
        }
    }

    @Test
    void passesOverWhatOthersHaveOnItsWayIntoTheDirectory() throws IOException {
        // Given
        Path root = directory.resolve("objects");
        try (FileObjectStore store = new FileObjectStore(root, new NodeId(1))) {
            await(store.create(new ObjectKey("a/b"), List.of(ByteBuffer.wrap(new byte[] {1}))));
            Files.createDirectories(root.resolve("~s3/puts"));
            Files.write(root.resolve("~s3/puts/half"), new byte[] {1, 2});

            // When
            var listed = await(store.list("", null, 10));

            // Then
            assertThat(listed).extracting(object -> object.key().value()).containsExactly("a/b");
        }
    }

    @Test
    void keepsObjectsWhenOpenedAgain() throws IOException {
        Path root = directory.resolve("objects");
        ObjectKey key = new ObjectKey("a/b");
        try (FileObjectStore store = new FileObjectStore(root, new NodeId(1))) {
            await(store.create(key, List.of(ByteBuffer.wrap(new byte[] {1, 2, 3}))));
        }

        try (FileObjectStore store = new FileObjectStore(root, new NodeId(1))) {
            assertThat(await(store.size(key))).contains(3L);
            assertThat(root.resolve("~incoming/node-1")).isEmptyDirectory();
        }
    }
}
