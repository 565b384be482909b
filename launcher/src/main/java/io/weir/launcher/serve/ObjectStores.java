package io.weir.launcher.serve;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.object.ObjectStore;
import io.weir.launcher.config.ObjectStoreLocation;
import io.weir.objecttier.file.FileObjectStore;
import io.weir.objecttier.s3.S3Config;
import io.weir.objecttier.s3.S3ObjectStore;
import java.io.IOException;

/** Opens the object store that the configuration names. */
final class ObjectStores {
    private ObjectStores() {}

    /** @param node whose unfinished files are this process's to remove */
    static ObjectStore open(ObjectStoreLocation location, NodeId node) {
        return switch (location) {
            case ObjectStoreLocation.LocalFiles(var directory) -> {
                try {
                    yield new FileObjectStore(directory, node);
                } catch (IOException failed) {
                    throw new ServiceException(
                            FailureCode.OBJECT_STORE_UNAVAILABLE,
                            "Cannot use the object store " + directory + ": " + failed.getMessage(),
                            failed);
                }
            }
            case ObjectStoreLocation.Bucket(var bucket, var prefix, var endpoint, var region, var pathStyle) ->
                new S3ObjectStore(new S3Config(bucket, prefix, endpoint, region, pathStyle));
        };
    }
}
