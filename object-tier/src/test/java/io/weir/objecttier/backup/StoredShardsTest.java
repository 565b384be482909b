package io.weir.objecttier.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.objecttier.naming.ObjectName;
import io.weir.testsupport.object.MemoryObjectStore;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredShardsTest {
    private final MemoryObjectStore store = new MemoryObjectStore();

    private void put(ObjectKey key) {
        assertThat(store.create(key, List.of(ByteBuffer.wrap(new byte[1])))).isCompletedWithValue(true);
    }

    @Test
    void knowsNoMoreThanIsThere() {
        put(new Backup("metadata", new LogPosition(1, 2)).key());
        put(new Backup("wal-1", new LogPosition(1, 2)).key());

        assertThat(StoredShards.count(store, 1, 16)).isEqualTo(2);
        assertThat(StoredShards.count(store, 4, 16)).isEqualTo(4);
    }

    @Test
    void aBackupTellsOfAShard() {
        put(new Backup("wal-15", new LogPosition(1, 2)).key());
        put(new Backup("wal-16", new LogPosition(1, 2)).key());

        assertThat(StoredShards.count(store, 1, 16)).isEqualTo(16);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 7L << 60, -1})
    void anObjectOfItsOwnDoesToo(long nonce) {
        put(new ObjectName(ObjectName.Kind.FLUSHED, new ShardId(10), 1, new LogRange(0, 9), nonce).key());

        assertThat(StoredShards.count(store, 1, 16)).isEqualTo(11);
    }
}
