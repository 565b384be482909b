package io.weir.wal.state;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.usage.IngressUsage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What each tenant has written to the shard, cumulative. */
final class IngressCounters {
    private final TreeMap<TenantId, Counter> counters = new TreeMap<>(Comparator.comparing(TenantId::name));
    private @Nullable Counter last;

    void count(TenantId tenant, long records, long bytes) {
        Counter counter = last;
        if (counter == null || !counter.tenant.equals(tenant)) {
            counter = counters.computeIfAbsent(tenant, Counter::new);
            last = counter;
        }
        counter.batches++;
        counter.records += records;
        counter.bytes += bytes;
    }

    void restore(IngressUsage usage) {
        Counter counter = new Counter(usage.tenant());
        counter.batches = usage.batches();
        counter.records = usage.records();
        counter.bytes = usage.bytes();
        counters.put(usage.tenant(), counter);
    }

    List<IngressUsage> usage() {
        List<IngressUsage> usage = new ArrayList<>(counters.size());
        for (Counter counter : counters.values()) {
            usage.add(new IngressUsage(counter.tenant, counter.batches, counter.records, counter.bytes));
        }
        return usage;
    }

    private static final class Counter {
        private final TenantId tenant;
        private long batches;
        private long records;
        private long bytes;

        private Counter(TenantId tenant) {
            this.tenant = tenant;
        }
    }
}
