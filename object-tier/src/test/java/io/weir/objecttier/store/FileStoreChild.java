package io.weir.objecttier.store;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.object.ObjectKey;
import io.weir.objecttier.file.FileObjectStore;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * A process that creates and deletes objects, made to be traced. It says {@code created KEY} when a creation has
 * completed, and {@code deleting KEY} before it asks for a deletion.
 */
final class FileStoreChild {
    private static final int AT_ONCE = 3;
    /** More than one of the portions in which a big object is forced. */
    private static final int BIG_BYTES = 9 << 20;

    private FileStoreChild() {}

    /** Directory, seed, number of objects. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Random random = new Random(Long.parseLong(args[1]));
        int objects = Integer.parseInt(args[2]);
        PrintStream out = System.out;
        Semaphore room = new Semaphore(AT_ONCE);
        try (FileObjectStore store = new FileObjectStore(Path.of(args[0]), new NodeId(1))) {
            List<ObjectKey> created = new ArrayList<>();
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < objects; i++) {
                int length = i == objects / 2 ? BIG_BYTES : random.nextInt(40_000);
                ObjectKey key = new ObjectKey(String.format(
                        Locale.ROOT, "%x/%x/object-%d-%d", random.nextInt(16), random.nextInt(2), i, length));
                room.acquire();
                all.add(store.create(key, content(key, random))
                        .thenAccept(fresh -> {
                            out.println("created " + key.value());
                            synchronized (created) {
                                created.add(key);
                            }
                        })
                        .whenComplete((nothing, failure) -> room.release()));
                if (random.nextInt(5) == 0) {
                    delete(store, created, random, out);
                }
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        }
        out.println("done");
    }

    private static void delete(FileObjectStore store, List<ObjectKey> created, Random random, PrintStream out) {
        List<ObjectKey> doomed = new ArrayList<>();
        synchronized (created) {
            for (int i = random.nextInt(4); i > 0 && !created.isEmpty(); i--) {
                doomed.add(created.remove(random.nextInt(created.size())));
            }
        }
        doomed.forEach(key -> out.println("deleting " + key.value()));
        store.delete(doomed).join();
    }

    /** In two parts, as a segment comes in many. */
    private static List<ByteBuffer> content(ObjectKey key, Random random) {
        byte[] bytes = content(key);
        int cut = random.nextInt(bytes.length + 1);
        return List.of(ByteBuffer.wrap(bytes, 0, cut), ByteBuffer.wrap(bytes, cut, bytes.length - cut));
    }

    /** The bytes that belong to a key, which ends with their number. */
    static byte[] content(ObjectKey key) {
        String name = key.value();
        byte[] bytes = new byte[Integer.parseInt(name.substring(name.lastIndexOf('-') + 1))];
        new Random(name.hashCode()).nextBytes(bytes);
        return bytes;
    }
}
