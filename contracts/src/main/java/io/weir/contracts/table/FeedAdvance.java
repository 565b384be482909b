package io.weir.contracts.table;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TopicId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The part of a commit that moves a topic's watermark, in the pointer of the table that has one.
 *
 * @param name the topic's table, which the commit creates or replaces
 * @param owner the epoch under which the topic is fed; refused when it is not the present one
 * @param moves from the present watermark (refused otherwise) to the new one
 */
public record FeedAdvance(TableName name, TopicId topic, Epoch owner, SortedMap<StreamId, OffsetRange> moves) {
    public FeedAdvance {
        moves = Collections.unmodifiableSortedMap(new TreeMap<>(moves));
    }
}
