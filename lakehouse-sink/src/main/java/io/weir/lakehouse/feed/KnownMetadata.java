package io.weir.lakehouse.feed;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.io.FileIO;

/** Metadata files of tables, a few of which are kept: the next commit begins where the last one ended. */
final class KnownMetadata {
    private static final int MOST = 64;

    private final FileIO files;
    private final Cache<String, TableMetadata> byLocation =
            Caffeine.newBuilder().maximumSize(MOST).build();

    KnownMetadata(FileIO files) {
        this.files = files;
    }

    TableMetadata at(String location) {
        return byLocation.get(location, absent -> TableMetadataParser.read(files, absent));
    }

    void put(TableMetadata metadata) {
        byLocation.put(metadata.metadataFileLocation(), metadata);
    }
}
