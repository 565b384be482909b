package io.weir.metadata.image;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.metadata.record.TableRecord;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * A table and its watermark, which shares all but a path per moved stream with the watermark before. The
 * {@link #pointer} is a copy, made for whoever asks.
 *
 * @param fed whether it is the one that has its topic's watermark
 */
public record CatalogTable(TableRecord.TableWritten written, TreePMap<StreamId, Long> watermark, boolean fed) {
    static CatalogTable of(TableRecord.TableWritten written) {
        return new CatalogTable(written, TreePMap.empty(), false);
    }

    CatalogTable with(TableRecord.TableWritten now) {
        return new CatalogTable(now, watermark, fed);
    }

    CatalogTable with(TableRecord.WatermarkMoved moved) {
        TreePMap<StreamId, Long> next = watermark;
        for (Map.Entry<StreamId, Long> stream : moved.next().entrySet()) {
            next = next.plus(stream.getKey(), stream.getValue());
        }
        return new CatalogTable(written, next, true);
    }

    public UUID id() {
        return written.table();
    }

    public TableName name() {
        return written.name();
    }

    public @Nullable TopicId topic() {
        return written.topic();
    }

    public String metadataLocation() {
        return written.metadataLocation();
    }

    /** The offset from which the stream's records are not in the table yet. */
    public long watermark(StreamId stream) {
        Long next = watermark.get(stream);
        return next == null ? 0 : next;
    }

    /** As the port shows it: a copy, in time and room proportional to the watermark. */
    public TablePointer pointer() {
        return new TablePointer(
                written.tenant(),
                written.name(),
                written.table(),
                written.location(),
                written.metadataLocation(),
                written.topic(),
                watermark);
    }
}
