package io.weir.kafka.fetch;

import org.apache.kafka.common.message.FetchResponseData.PartitionData;

/**
 * A partition, and what is answered for it.
 *
 * @param empty it was read, and there was nothing
 */
record Found(WantedPartition wanted, PartitionData answer, boolean empty) {
    /** Who gave nothing because the others before it left no room has not had its turn. */
    boolean hadItsTurn() {
        return empty || (answer.records() != null && answer.records().sizeInBytes() > 0);
    }
}
