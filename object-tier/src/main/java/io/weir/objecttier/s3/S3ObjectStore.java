package io.weir.objecttier.s3;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Objects in one bucket, below one prefix.
 *
 * <p>Threading: calls run on virtual threads; reads and changes have connections of their own number, so that neither
 * waits for the other. Durability: as the service promises for a successful PUT. A PUT whose answer was lost is
 * repeated by the SDK and then finds its own object: it reports the key as taken.
 */
public final class S3ObjectStore implements ObjectStore {
    private static final int READS = 32;
    private static final int CHANGES = 16;
    static final int MAX_WAITING = 8192;
    private static final int DELETE_AT_ONCE = 1000;

    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int PRECONDITION_FAILED = 412;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final S3Client client;
    private final String bucket;
    private final String prefix;
    private final Semaphore reads = new Semaphore(READS);
    private final Semaphore changes = new Semaphore(CHANGES);
    private final Semaphore waiting = new Semaphore(MAX_WAITING);
    private final ExecutorService threads;
    /** The time to finish what was begun is over: what still waits for its turn is refused. */
    private volatile boolean closed;

    public S3ObjectStore(S3Config config) {
        this(config, Thread.ofVirtual().name("s3-", 0).factory());
    }

    S3ObjectStore(S3Config config, ThreadFactory threads) {
        this.threads = Executors.newThreadPerTaskExecutor(threads);
        this.bucket = config.bucket();
        this.prefix = config.prefix().isEmpty() ? "" : config.prefix() + "/";
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(config.region()))
                .forcePathStyle(config.pathStyle())
                // Every block, footer and page carries a checksum of our own.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .httpClientBuilder(Apache5HttpClient.builder()
                        .maxConnections(READS + CHANGES)
                        .connectionTimeout(Duration.ofSeconds(5))
                        .socketTimeout(Duration.ofSeconds(30)))
                .overrideConfiguration(overrides ->
                        overrides.retryStrategy(RetryMode.STANDARD).apiCallTimeout(Duration.ofSeconds(120)));
        config.endpoint().ifPresent(builder::endpointOverride);
        this.client = builder.build();
    }

    @Override
    public CompletableFuture<Boolean> create(ObjectKey key, List<ByteBuffer> content) {
        return submit(changes, key.value(), () -> createNow(key, content));
    }

    private boolean createNow(ObjectKey key, List<ByteBuffer> content) {
        long size = content.stream().mapToLong(ByteBuffer::remaining).sum();
        RequestBody body =
                RequestBody.fromContentProvider(() -> new BufferStream(content), size, "application/octet-stream");
        try {
            client.putObject(request -> request.bucket(bucket).key(path(key)).ifNoneMatch("*"), body);
            return true;
        } catch (S3Exception refused) {
            if (refused.statusCode() == PRECONDITION_FAILED) {
                return false;
            }
            throw refused;
        }
    }

    @Override
    public CompletableFuture<ByteBuffer> read(ObjectKey key, long position, int length) {
        if (position < 0 || length < 1) {
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException("Cannot read " + length + " bytes at " + position + " of " + key));
        }
        return submit(reads, key.value(), () -> readNow(key, position, length));
    }

    private ByteBuffer readNow(ObjectKey key, long position, int length) {
        byte[] bytes = new byte[length];
        int read;
        try {
            read = client.getObject(
                    request -> request.bucket(bucket)
                            .key(path(key))
                            .range("bytes=" + position + "-" + (position + length - 1)),
                    ResponseTransformer.unmanaged((response, body) -> {
                        try (body) {
                            return body.readNBytes(bytes, 0, length);
                        }
                    }));
        } catch (S3Exception refused) {
            if (refused.statusCode() == RANGE_NOT_SATISFIABLE) {
                throw new IllegalArgumentException("Cannot read at " + position + " of " + key, refused);
            }
            throw refused;
        }
        if (read != length) {
            throw new IllegalArgumentException(
                    "Cannot read " + length + " bytes at " + position + " of " + key + ": only " + read + " came");
        }
        return ByteBuffer.wrap(bytes);
    }

    @Override
    public CompletableFuture<Optional<Long>> size(ObjectKey key) {
        return submit(reads, key.value(), () -> {
            try {
                return Optional.of(
                        client.headObject(request -> request.bucket(bucket).key(path(key)))
                                .contentLength());
            } catch (S3Exception refused) {
                if (refused.statusCode() == NOT_FOUND) {
                    return Optional.empty();
                }
                throw refused;
            }
        });
    }

    @Override
    public CompletableFuture<List<ListedObject>> list(String keyPrefix, @Nullable ObjectKey after, int limit) {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException("Illegal limit " + limit + ": 1 to 1000");
        }
        return submit(reads, keyPrefix, () -> {
            ListObjectsV2Request.Builder request = ListObjectsV2Request.builder()
                    .bucket(bucket)
                    .prefix(prefix + keyPrefix)
                    .maxKeys(limit);
            if (after != null) {
                request.startAfter(path(after));
            }
            ListObjectsV2Response page = client.listObjectsV2(request.build());
            List<ListedObject> objects = new ArrayList<>();
            for (S3Object object : page.contents()) {
                objects.add(new ListedObject(new ObjectKey(object.key().substring(prefix.length())), object.size()));
            }
            return List.copyOf(objects);
        });
    }

    @Override
    public CompletableFuture<Void> delete(Collection<ObjectKey> keys) {
        List<ObjectIdentifier> doomed = keys.stream()
                .map(key -> ObjectIdentifier.builder().key(path(key)).build())
                .toList();
        return submit(changes, doomed.size() + " objects", () -> {
                    for (int begin = 0; begin < doomed.size(); begin += DELETE_AT_ONCE) {
                        deleteNow(doomed.subList(begin, Math.min(doomed.size(), begin + DELETE_AT_ONCE)));
                    }
                    return true;
                })
                .thenAccept(deleted -> {});
    }

    private void deleteNow(List<ObjectIdentifier> doomed) {
        var answer = client.deleteObjects(request ->
                request.bucket(bucket).delete(delete -> delete.objects(doomed).quiet(true)));
        for (var error : answer.errors()) {
            if (!"NoSuchKey".equals(error.code())) {
                throw new ServiceException(
                        FailureCode.OBJECT_STORE_UNAVAILABLE,
                        "Cannot delete " + error.key() + ": " + error.code() + " " + error.message());
            }
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                endNow();
            }
        } catch (InterruptedException interrupted) {
            endNow();
            Thread.currentThread().interrupt();
        }
        client.close();
    }

    private void endNow() {
        closed = true;
        threads.shutdownNow();
    }

    private String path(ObjectKey key) {
        return prefix + key.value();
    }

    private <T> CompletableFuture<T> submit(Semaphore permits, String what, Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        if (!waiting.tryAcquire()) {
            result.completeExceptionally(refused(FailureCode.OBJECT_STORE_UNAVAILABLE, what, null));
            return result;
        }
        // Once, whoever answers: a call for which no thread could be made may run all the same.
        var _ = result.whenComplete((done, failure) -> waiting.release());
        try {
            threads.execute(() -> run(permits, what, work, result));
        } catch (RejectedExecutionException closing) {
            result.completeExceptionally(refused(FailureCode.SHUTTING_DOWN, what, null));
        } catch (Error noThread) {
            result.completeExceptionally(refused(FailureCode.OBJECT_STORE_UNAVAILABLE, what, noThread));
        }
        return result;
    }

    private <T> void run(Semaphore permits, String what, Callable<T> work, CompletableFuture<T> result) {
        permits.acquireUninterruptibly();
        try {
            if (closed) {
                throw refused(FailureCode.SHUTTING_DOWN, what, null);
            }
            result.complete(work.call());
        } catch (Exception | Error failure) {
            result.completeExceptionally(closed ? ended(what, failure) : translated(what, failure));
        } finally {
            permits.release();
        }
    }

    private static ServiceException refused(FailureCode code, String what, @Nullable Throwable why) {
        return new ServiceException(code, "The S3 store takes no more work, for " + what, why);
    }

    /**
     * As {@link #translated}; a client that was closed under its caller fails in ways of its own, without an answer.
     */
    private static Throwable ended(String what, Throwable failure) {
        return switch (failure) {
            case RejectedExecutionException _, IllegalStateException _ ->
                new ServiceException(FailureCode.SHUTTING_DOWN, "The S3 store was closed during " + what, failure);
            default -> translated(what, failure);
        };
    }

    private static Throwable translated(String what, Throwable failure) {
        return switch (failure) {
            case S3Exception refused
            when refused.statusCode() == NOT_FOUND && !isMissingBucket(refused) ->
                new ServiceException(FailureCode.OBJECT_MISSING, "No object " + what, refused);
            case S3Exception refused
            when refused.statusCode() == CONFLICT ->
                new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, "Conflict at " + what, refused);
            case SdkException _, IOException _ ->
                new ServiceException(
                        FailureCode.OBJECT_STORE_UNAVAILABLE, "S3 failure at " + what + ": " + failure, failure);
            default -> failure;
        };
    }

    private static boolean isMissingBucket(S3Exception refused) {
        return refused.awsErrorDetails() != null
                && "NoSuchBucket".equals(refused.awsErrorDetails().errorCode());
    }

    /** Buffers as one stream; made anew for each attempt of a request. */
    private static final class BufferStream extends InputStream {
        private final List<ByteBuffer> buffers;
        private int next;
        private ByteBuffer current = ByteBuffer.allocate(0);

        BufferStream(List<ByteBuffer> buffers) {
            this.buffers = buffers;
        }

        @Override
        public int read() {
            return advance() ? current.get() & 0xFF : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            if (!advance()) {
                return -1;
            }
            int read = Math.min(length, current.remaining());
            current.get(target, offset, read);
            return read;
        }

        private boolean advance() {
            while (!current.hasRemaining() && next < buffers.size()) {
                current = buffers.get(next++).duplicate();
            }
            return current.hasRemaining();
        }
    }
}
