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
 * @param name the topic's table, which the commit creates or replaces; the first advance makes it the one that has the
 *     watermark, until it is dropped
 * @param owner the epoch under which the topic is fed; refused when it is not the present one
 * @param moves from the present watermark (refused otherwise) to the new one, of at most {@link #MAX_MOVES} streams,
 *     all of the topic
 */
public record FeedAdvance(TableName name, TopicId topic, Epoch owner, SortedMap<StreamId, OffsetRange> moves) {
    /** Most streams of one advance: a topic that has more moves them in several commits. */
    public static final int MAX_MOVES = 10_000;

    public FeedAdvance {
        moves = Collections.unmodifiableSortedMap(new TreeMap<>(moves));
    }
}
