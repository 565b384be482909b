package io.weir.lakehouse.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.weir.lakehouse.storage.WarehouseFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.io.LocationProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tables' metadata files, and the ones read or written last in memory: they never change.
 *
 * <p>Threading: any thread that may block.
 */
public final class MetadataFiles {
    /** Largest metadata file, as JSON. */
    public static final int MAX_BYTES = 64 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(MetadataFiles.class);
    private static final long CACHED_BYTES = 32L << 20;
    private static final String GZIP = "gzip";

    private final WarehouseFiles files;
    private final Cache<String, Parsed> parsed = Caffeine.newBuilder()
            .maximumWeight(CACHED_BYTES)
            .weigher((String location, Parsed metadata) -> metadata.jsonBytes())
            .build();

    /**
     * A file's contents.
     *
     * @param jsonBytes about what it takes in memory, too
     */
    private record Parsed(TableMetadata metadata, int jsonBytes) {}

    public MetadataFiles(WarehouseFiles files) {
        this.files = files;
    }

    public WarehouseFiles files() {
        return files;
    }

    /**
     * What a metadata file says.
     *
     * @throws org.apache.iceberg.exceptions.NotFoundException when there is no such file
     * @throws BadRequestException when it is not table metadata
     */
    public TableMetadata read(String location) {
        Parsed known = parsed.getIfPresent(location);
        if (known != null) {
            return known.metadata();
        }
        byte[] json = json(location);
        TableMetadata metadata;
        try {
            metadata = TableMetadataParser.fromJson(location, new String(json, StandardCharsets.UTF_8));
        } catch (RuntimeException malformed) {
            throw new BadRequestException(malformed, "The file at %s is not table metadata: %s", location, malformed);
        }
        parsed.put(location, new Parsed(metadata, json.length));
        return metadata;
    }

    /** Where a table's new data files go: as its properties say, but by no class that they name. */
    public static LocationProvider locationProvider(TableMetadata metadata) {
        Map<String, String> properties = new HashMap<>(metadata.properties());
        properties.remove(TableProperties.WRITE_LOCATION_PROVIDER_IMPL);
        return LocationProviders.locationsFor(metadata.location(), properties);
    }

    private byte[] json(String location) {
        try (InputStream file = files.newInputFile(location).newStream();
                InputStream json = compressed(location) ? new GZIPInputStream(file) : file) {
            byte[] bytes = json.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new BadRequestException("The file at %s has more than %s bytes", location, MAX_BYTES);
            }
            return bytes;
        } catch (IOException failed) {
            throw new BadRequestException(failed, "The file at %s cannot be read: %s", location, failed);
        }
    }

    private static boolean compressed(String location) {
        return location.endsWith(".gz.metadata.json") || location.endsWith(".metadata.json.gz");
    }

    /**
     * Writes a new file below the table's location.
     *
     * @param version for people: files of a table are numbered
     * @return the metadata as it is read from the file
     * @throws BadRequestException when it is too large
     */
    public TableMetadata write(TableMetadata metadata, int version) {
        String codec =
                metadata.property(TableProperties.METADATA_COMPRESSION, TableProperties.METADATA_COMPRESSION_DEFAULT);
        byte[] json = TableMetadataParser.toJson(metadata).getBytes(StandardCharsets.UTF_8);
        if (json.length > MAX_BYTES) {
            throw new BadRequestException(
                    "The metadata of the table at %s would have %s bytes, more than %s: expire snapshots",
                    metadata.location(), json.length, MAX_BYTES);
        }
        String location = String.format(
                Locale.ROOT,
                "%s/metadata/%05d-%s%s",
                metadata.location(),
                version,
                UUID.randomUUID(),
                TableMetadataParser.getFileExtension(codec));
        try (OutputStream file = files.newOutputFile(location).create()) {
            file.write(codec.equalsIgnoreCase(GZIP) ? gzipped(json) : json);
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot stage " + location, failed);
        }
        TableMetadata written = TableMetadata.buildFrom(metadata)
                .discardChanges()
                .withMetadataLocation(location)
                .build();
        parsed.put(location, new Parsed(written, json.length));
        return written;
    }

    private static byte[] gzipped(byte[] json) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(json);
        }
        return bytes.toByteArray();
    }

    /** Deletes a file whose commit certainly failed. */
    public void discard(TableMetadata written) {
        delete(written.metadataFileLocation());
    }

    /**
     * After a commit: deletes the files that the metadata before it listed and the metadata after it do not, if the
     * table is set so.
     *
     * @param base null for a new table
     */
    public void deleteRemoved(@Nullable TableMetadata base, TableMetadata metadata) {
        boolean wanted = metadata.propertyAsBoolean(
                TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED,
                TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED_DEFAULT);
        if (base == null || !wanted) {
            return;
        }
        Set<String> kept = metadata.previousFiles().stream()
                .map(TableMetadata.MetadataLogEntry::file)
                .collect(Collectors.toSet());
        // A table that was registered may list files of others.
        String own = metadata.location() + "/";
        base.previousFiles().stream()
                .map(TableMetadata.MetadataLogEntry::file)
                .filter(file -> !kept.contains(file) && file.startsWith(own))
                .forEach(this::delete);
    }

    private void delete(String location) {
        parsed.invalidate(location);
        try {
            files.deleteFile(location);
        } catch (RuntimeException later) {
            LOG.atInfo()
                    .addKeyValue("location", location)
                    .setCause(later)
                    .log("A metadata file that is not wanted stays for the removal of orphans");
        }
    }
}
