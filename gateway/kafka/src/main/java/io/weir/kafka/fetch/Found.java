package io.weir.kafka.fetch;

import org.apache.kafka.common.message.FetchResponseData.PartitionData;

/** A partition, and what is answered for it. */
record Found(WantedPartition wanted, PartitionData answer) {
    boolean hasRecords() {
        return answer.records() != null && answer.records().sizeInBytes() > 0;
    }
}
