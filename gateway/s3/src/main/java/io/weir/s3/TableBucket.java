package io.weir.s3;

import io.weir.contracts.object.ObjectKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.Bucket;
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;
import software.amazon.awssdk.services.s3.model.CreateBucketResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListBucketsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * One bucket whose objects are the files below a directory.
 *
 * <p>What is put is first written below {@link #STAGING}, where no key can point, and gets its name when it is whole
 * and on disk. The store this forwards to is the one of the staging directory: it is never asked for objects that are
 * finished, but S3Proxy reads off it what a file system can do.
 *
 * <p>Threading: any thread.
 */
final class TableBucket extends ForwardingBlobStore {
    /** Beside the files of the table store, which passes over names with a tilde; no key can contain one. */
    static final String STAGING = "~s3";

    private static final String PUTS = "puts";
    private static final String UPLOADS = "uploads";

    private static final String ETAG_OF_NOTHING = "\"d41d8cd98f00b204e9800998ecf8427e\"";

    /** What S3Proxy keeps about an upload, and its parts: objects that clients cannot name. */
    private static final List<String> UPLOAD_BOOKKEEPING = List.of(".s3proxy-mpu-stub-", ".mpus-");

    private final S3EndpointConfig config;
    private final Path staging;
    private final PublishedFiles files;
    private final FilesystemNio2BlobStore finished;
    private final String finishedBucket;
    private final OpenUploads uploads;

    private TableBucket(S3EndpointConfig config, FilesystemNio2BlobStore stagingStore, InstantSource clock) {
        super(stagingStore);
        this.config = config;
        this.staging = staging(config);
        this.files = new PublishedFiles(config.directory());
        Path directory = config.directory();
        this.finished = new FilesystemNio2BlobStore(String.valueOf(directory.getParent()));
        this.finishedBucket = String.valueOf(directory.getFileName());
        this.uploads = new OpenUploads(S3EndpointConfig.MAX_UPLOADS, clock);
    }

    /** Forgets what was being put when the last process ended. */
    static TableBucket open(S3EndpointConfig config, InstantSource clock) throws IOException {
        Path staging = staging(config);
        PublishedFiles.clear(staging);
        Files.createDirectories(staging.resolve(PUTS));
        Files.createDirectories(staging.resolve(UPLOADS));
        return new TableBucket(config, new FilesystemNio2BlobStore(staging.toString()), clock);
    }

    private static Path staging(S3EndpointConfig config) {
        return config.directory().resolve(STAGING).resolve(config.node().toString());
    }

    // ---- the bucket

    @Override
    public ListBucketsResponse list() {
        return ListBucketsResponse.builder()
                .buckets(Bucket.builder()
                        .name(config.bucket())
                        .creationDate(Instant.EPOCH)
                        .build())
                .build();
    }

    @Override
    public HeadBucketResponse headBucket(HeadBucketRequest request) {
        requireBucket(request.bucket());
        return HeadBucketResponse.builder().build();
    }

    @Override
    public CreateBucketResponse createContainer(CreateBucketRequest request) {
        if (request.bucket().equals(config.bucket())) {
            throw S3Exceptions.bucketAlreadyOwnedByYou(request.bucket());
        }
        throw unsupported("There is one bucket, '" + config.bucket() + "'");
    }

    @Override
    public void deleteBucket(String container) {
        throw unsupported("The bucket stays");
    }

    @Override
    public void deleteContainer(String container) {
        deleteBucket(container);
    }

    @Override
    public void clearContainer(ListObjectsV2Request request) {
        deleteBucket(request.bucket());
    }

    @Override
    public BucketCannedACL getContainerAccess(String container) {
        requireBucket(container);
        return BucketCannedACL.PRIVATE;
    }

    @Override
    public void setContainerAccess(String container, BucketCannedACL access) {
        throw unsupported("Everything is private");
    }

    @Override
    public ObjectCannedACL getBlobAccess(String container, String name) {
        requireBucket(container);
        return ObjectCannedACL.PRIVATE;
    }

    @Override
    public void setBlobAccess(String container, String name, ObjectCannedACL access) {
        throw unsupported("Everything is private");
    }

    // ---- finished objects

    @Override
    public ListObjectsV2Response list(ListObjectsV2Request request) {
        requireBucket(request.bucket());
        ListObjectsV2Response page =
                finished.list(request.toBuilder().bucket(finishedBucket).build());
        return page.toBuilder()
                .contents(page.contents().stream()
                        .filter(object -> !object.key().startsWith("~"))
                        .map(object -> object.eTag() != null
                                ? object
                                : object.toBuilder()
                                        .eTag(eTag(object.size(), object.lastModified()))
                                        .build())
                        .toList())
                .commonPrefixes(page.commonPrefixes().stream()
                        .filter(folder -> !folder.prefix().startsWith("~"))
                        .toList())
                .build();
    }

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
        requireBucket(request.bucket());
        if (isUploadBookkeeping(request.key())) {
            return delegate().blobMetadata(request.toBuilder().bucket(UPLOADS).build());
        }
        requireLegal(request.key(), request.bucket());
        HeadObjectResponse head =
                finished.blobMetadata(request.toBuilder().bucket(finishedBucket).build());
        return head.eTag() != null
                ? head
                : head.toBuilder()
                        .eTag(eTag(head.contentLength(), head.lastModified()))
                        .build();
    }

    @Override
    public boolean blobExists(String container, String name) {
        return blobMetadataIfPresent(container, name) != null;
    }

    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
        requireBucket(request.bucket());
        if (isUploadBookkeeping(request.key())) {
            return delegate().getBlob(request.toBuilder().bucket(UPLOADS).build());
        }
        requireLegal(request.key(), request.bucket());
        return finished.getBlob(request.toBuilder().bucket(finishedBucket).build());
    }

    @Override
    public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
        requireBucket(request.bucket());
        if (isUploadBookkeeping(request.key())) {
            return delegate().removeBlob(request.toBuilder().bucket(UPLOADS).build());
        }
        if (isLegal(request.key())) {
            try {
                Files.deleteIfExists(path(request.key()));
            } catch (IOException failed) {
                throw new UncheckedIOException("Cannot delete " + request.key(), failed);
            }
        }
        return DeleteObjectResponse.builder().build();
    }

    // ---- new objects

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
        requireBucket(request.bucket());
        if (isUploadBookkeeping(request.key())) {
            return delegate().putBlob(request.toBuilder().bucket(UPLOADS).build(), payload);
        }
        if (isFolder(request)) {
            return PutObjectResponse.builder().eTag(ETAG_OF_NOTHING).build();
        }
        requireWritable(request.key());
        String name = UUID.randomUUID().toString();
        PutObjectResponse staged = delegate()
                .putBlob(
                        request.toBuilder()
                                .bucket(PUTS)
                                .key(name)
                                .ifNoneMatch(null)
                                .build(),
                        payload);
        publish(staging.resolve(PUTS).resolve(name), request.key(), request.ifNoneMatch());
        return staged;
    }

    @Override
    public CopyObjectResponse copyBlob(CopyObjectRequest request) {
        throw unsupported("Copies are not made here: read the object and put it");
    }

    @Override
    public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest request) {
        requireBucket(request.bucket());
        requireWritable(request.key());
        MultipartUpload upload = delegate()
                .initiateMultipartUpload(request.toBuilder().bucket(UPLOADS).build());
        try {
            uploads.admit(upload).ifPresent(delegate()::abortMultipartUpload);
        } catch (S3Exception full) {
            delegate().abortMultipartUpload(upload);
            throw full;
        }
        return new MultipartUpload(upload.id(), request, upload.response());
    }

    @Override
    public UploadPartResponse uploadMultipartPart(MultipartUpload upload, UploadPartRequest request, InputStream part) {
        return delegate().uploadMultipartPart(staged(upload), request, part);
    }

    @Override
    public List<Part> listMultipartUpload(MultipartUpload upload) {
        return delegate().listMultipartUpload(staged(upload));
    }

    /** Uploads that are open are known to those who opened them. */
    @Override
    public List<software.amazon.awssdk.services.s3.model.MultipartUpload> listMultipartUploads(String container) {
        throw unsupported("Open uploads are not listed");
    }

    @Override
    public void abortMultipartUpload(MultipartUpload upload) {
        delegate().abortMultipartUpload(staged(upload));
        uploads.ended(upload.id());
    }

    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(
            MultipartUpload upload, CompleteMultipartUploadRequest request) {
        requireWritable(upload.blobName());
        if (request.multipartUpload().parts().size() > S3EndpointConfig.MAX_PARTS) {
            throw S3Exceptions.invalidArgument(
                    "More than " + S3EndpointConfig.MAX_PARTS + " parts: " + upload.blobName());
        }
        CompleteMultipartUploadResponse response;
        // Two uploads of one key would otherwise be assembled into one staged file.
        synchronized (uploads) {
            response = delegate()
                    .completeMultipartUpload(
                            staged(upload),
                            request.toBuilder().ifNoneMatch(null).build());
            publish(staging.resolve(UPLOADS).resolve(upload.blobName()), upload.blobName(), request.ifNoneMatch());
        }
        uploads.ended(upload.id());
        return response;
    }

    private static MultipartUpload staged(MultipartUpload upload) {
        return new MultipartUpload(
                upload.id(), upload.request().toBuilder().bucket(UPLOADS).build(), upload.response());
    }

    private void publish(Path stagedFile, String key, @Nullable String ifNoneMatch) {
        try {
            if (ifNoneMatch == null) {
                files.replace(stagedFile, path(key));
            } else if (!files.create(stagedFile, path(key))) {
                throw S3Exceptions.preconditionFailed(null);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot publish " + key, failed);
        }
    }

    // ---- names

    private void requireBucket(String bucket) {
        if (!bucket.equals(config.bucket())) {
            throw S3Exceptions.noSuchBucket(bucket, "There is one bucket, '" + config.bucket() + "'");
        }
    }

    private static boolean isUploadBookkeeping(String key) {
        return UPLOAD_BOOKKEEPING.stream().anyMatch(key::startsWith);
    }

    /** Some clients mark folders with empty objects; here a folder is there as long as anything is in it. */
    private static boolean isFolder(PutObjectRequest request) {
        String key = request.key();
        return key.endsWith("/") && isLegal(key.substring(0, key.length() - 1)) && request.contentLength() == 0;
    }

    private static boolean isLegal(String key) {
        return ObjectKey.isLegal(key);
    }

    private static void requireLegal(String key, String bucket) {
        if (!isLegal(key)) {
            throw S3Exceptions.noSuchKey(bucket, key, "No such object");
        }
    }

    private static void requireWritable(String key) {
        if (!isLegal(key) || isUploadBookkeeping(key)) {
            throw S3Exceptions.invalidArgument("Illegal key: up to " + ObjectKey.MAX_CHARS
                    + " letters, digits and . _ = % + * - in elements parted by slashes");
        }
    }

    private Path path(String key) {
        return config.directory().resolve(key);
    }

    /** For files that the table store wrote itself: they never change, so any stable text will do. */
    private static String eTag(Long sizeBytes, Instant lastModified) {
        return "\"" + Long.toHexString(lastModified.toEpochMilli()) + "-" + Long.toHexString(sizeBytes) + "\"";
    }

    private static UnsupportedOperationException unsupported(String reason) {
        return new UnsupportedOperationException(reason);
    }
}
