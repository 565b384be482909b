package io.weir.objecttier.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.object.ObjectStore.ListedObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link ObjectStore} must do. */
public abstract class ObjectStoreContract {
    private static final ObjectKey KEY = new ObjectKey("a/0/segment-1");

    private @Nullable ObjectStore opened;

    /** A store with nothing in it. */
    protected abstract ObjectStore openEmpty() throws Exception;

    @BeforeEach
    void open() throws Exception {
        opened = openEmpty();
    }

    @AfterEach
    void close() {
        store().close();
    }

    private ObjectStore store() {
        if (opened == null) {
            throw new IllegalStateException("Not opened");
        }
        return opened;
    }

    @Test
    void readsBackWhatWasCreatedFromManyBuffers() {
        // Given heap, direct, sliced, empty and read-only buffers
        byte[] expected = random(300_000, 1);
        List<ByteBuffer> content = new ArrayList<>();
        content.add(ByteBuffer.wrap(expected, 0, 10));
        content.add(ByteBuffer.allocate(0));
        content.add(ByteBuffer.allocateDirect(90).put(expected, 10, 90).flip());
        content.add(ByteBuffer.wrap(expected, 100, 299_000).slice().asReadOnlyBuffer());
        content.add(ByteBuffer.wrap(expected, 299_100, 900));

        // When
        assertThat(await(store().create(KEY, content))).isTrue();

        // Then the object is whole, every range of it can be read, and the buffers were not moved
        assertThat(bytes(await(store().read(KEY, 0, expected.length)))).isEqualTo(expected);
        assertThat(bytes(await(store().read(KEY, 95, 10)))).isEqualTo(copy(expected, 95, 10));
        assertThat(bytes(await(store().read(KEY, expected.length - 1, 1))))
                .isEqualTo(copy(expected, expected.length - 1, 1));
        assertThat(await(store().size(KEY))).contains((long) expected.length);
        assertThat(content.getFirst().remaining()).isEqualTo(10);
    }

    @Test
    void readsIntoHeapMemory() {
        create(KEY, random(100, 2));

        assertThat(await(store().read(KEY, 10, 50)).hasArray()).isTrue();
    }

    @Test
    void leavesTheObjectOfATakenKeyAsItWas() {
        create(KEY, new byte[] {1, 2, 3});

        assertThat(await(store().create(KEY, List.of(ByteBuffer.wrap(new byte[] {9})))))
                .isFalse();

        assertThat(bytes(await(store().read(KEY, 0, 3)))).containsExactly(1, 2, 3);
    }

    @Test
    void letsOneOfManyConcurrentCreatorsWin() {
        List<CompletableFuture<Boolean>> creations = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            creations.add(store().create(KEY, List.of(ByteBuffer.wrap(new byte[] {(byte) i, (byte) i}))));
        }

        long winners = creations.stream().filter(creation -> await(creation)).count();

        assertThat(winners).isEqualTo(1);
        byte[] kept = bytes(await(store().read(KEY, 0, 2)));
        assertThat(kept[0]).isEqualTo(kept[1]);
    }

    @Test
    void holdsAnEmptyObject() {
        create(KEY, new byte[0]);

        assertThat(await(store().size(KEY))).contains(0L);
        assertThat(await(store().list("", null, 10))).containsExactly(new ListedObject(KEY, 0));
    }

    @Test
    void saysThatAnObjectIsMissing() {
        assertThat(await(store().size(KEY))).isEmpty();
        assertThatThrownBy(() -> await(store().read(KEY, 0, 1)))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.OBJECT_MISSING));
    }

    @Test
    void refusesToReadPastTheEnd() {
        create(KEY, new byte[10]);

        assertThatIllegal(() -> await(store().read(KEY, 5, 6)));
        assertThatIllegal(() -> await(store().read(KEY, 100, 1)));
        assertThatIllegal(() -> await(store().read(KEY, 1L << 33, 1)));
        assertThat(bytes(await(store().read(KEY, 5, 5)))).hasSize(5);
    }

    @Test
    void listsInPagesInAscendingOrder() {
        // Given keys whose order differs when a folder is taken for a unit: '-' and '.' sort before '/'
        List<String> names = List.of("a-b/1", "a.b", "a/1", "a/10", "a/2", "a/b/c", "a0", "b/1");
        names.reversed().forEach(name -> create(new ObjectKey(name), new byte[] {1}));

        // When
        List<String> listed = new ArrayList<>();
        @Nullable ObjectKey after = null;
        while (true) {
            List<ListedObject> page = await(store().list("", after, 3));
            assertThat(page).hasSizeLessThanOrEqualTo(3);
            if (page.isEmpty()) {
                break;
            }
            page.forEach(object -> listed.add(object.key().value()));
            after = page.getLast().key();
        }

        // Then
        assertThat(listed).isEqualTo(names);
    }

    @Test
    void listsByPrefixesThatEndInsideAnElement() {
        List.of("a/1", "a/10", "a/2", "ab/1", "b").forEach(name -> create(new ObjectKey(name), new byte[] {1}));

        assertThat(keys("a/1", null)).containsExactly("a/1", "a/10");
        assertThat(keys("a", null)).containsExactly("a/1", "a/10", "a/2", "ab/1");
        assertThat(keys("a/", new ObjectKey("a/10"))).containsExactly("a/2");
        assertThat(keys("nothing/", null)).isEmpty();
    }

    @Test
    void refusesListingsOfMoreThanAThousand() {
        assertThatIllegal(() -> await(store().list("", null, 1001)));
        assertThatIllegal(() -> await(store().list("", null, 0)));
        assertThat(await(store().list("", null, 1000))).isEmpty();
    }

    @Test
    void deletesWhatIsThereOfManyKeys() {
        List<ObjectKey> keys = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ObjectKey key = new ObjectKey("d/" + i + "/x");
            keys.add(key);
            if (i % 2 == 0) {
                create(key, new byte[] {1});
            }
        }
        create(KEY, new byte[] {1});

        await(store().delete(keys));
        await(store().delete(keys));
        await(store().delete(List.of()));

        assertThat(keys("", null)).containsExactly(KEY.value());
    }

    @Test
    void createsAgainUnderAKeyThatWasDeleted() {
        create(KEY, new byte[] {1});
        await(store().delete(List.of(KEY)));

        create(KEY, new byte[] {2});

        assertThat(bytes(await(store().read(KEY, 0, 1)))).containsExactly(2);
    }

    @Test
    void servesManyReadersAtOnce() {
        byte[] expected = random(2_000_000, 3);
        create(KEY, expected);

        List<CompletableFuture<ByteBuffer>> reads = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            reads.add(store().read(KEY, i * 1000L, 500_000));
        }

        for (int i = 0; i < reads.size(); i++) {
            assertThat(bytes(await(reads.get(i)))).isEqualTo(copy(expected, i * 1000, 500_000));
        }
    }

    private List<String> keys(String prefix, @Nullable ObjectKey after) {
        return await(store().list(prefix, after, 1000)).stream()
                .map(object -> object.key().value())
                .toList();
    }

    @Test
    void answersWhatStillWaitsWhenThereIsNoTimeToFinishIt() {
        // Given more than can be done at once
        List<CompletableFuture<Boolean>> creating = new ArrayList<>();
        ByteBuffer content = ByteBuffer.wrap(random(1 << 18, 3));
        for (int i = 0; i < 100; i++) {
            creating.add(store().create(new ObjectKey("a/" + i), List.of(content)));
        }

        // When
        Thread.currentThread().interrupt();
        store().close();
        boolean interrupted = Thread.interrupted();

        // Then each has succeeded or failed, and whoever interrupted is heard
        for (CompletableFuture<Boolean> answer : creating) {
            try {
                assertThat(await(answer)).isTrue();
            } catch (ServiceException refused) {
                assertThat(refused.code()).isIn(FailureCode.SHUTTING_DOWN, FailureCode.OBJECT_STORE_UNAVAILABLE);
            }
        }
        assertThat(interrupted).isTrue();
    }

    @Test
    void refusesWhatComesAfterItWasClosed() {
        store().close();

        assertThatThrownBy(() -> await(store().read(KEY, 0, 1)))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(FailureCode.SHUTTING_DOWN));
    }

    private void create(ObjectKey key, byte[] bytes) {
        assertThat(await(store().create(key, List.of(ByteBuffer.wrap(bytes))))).isTrue();
    }

    private static void assertThatIllegal(ThrowingCallable call) {
        assertThatThrownBy(call)
                .satisfiesAnyOf(
                        failure -> assertThat(failure).isInstanceOf(IllegalArgumentException.class),
                        failure -> assertThat(failure).hasCauseInstanceOf(IllegalArgumentException.class));
    }

    /** Waits for a future as a test does: with a limit, and with the service's failure unwrapped. */
    protected static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        try {
            return future.orTimeout(30, TimeUnit.SECONDS).join();
        } catch (java.util.concurrent.CompletionException failure) {
            if (failure.getCause() instanceof ServiceException service) {
                throw service;
            }
            throw failure;
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static byte[] copy(byte[] bytes, int from, int length) {
        return java.util.Arrays.copyOfRange(bytes, from, from + length);
    }

    private static byte[] random(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
