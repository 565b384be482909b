package io.weir.wal.state;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the copies of all shards know together of streams that moved between them. The copies differ in age: the shard
 * that a stream is placed at may not have heard of it yet, or have left it already.
 */
public final class RestoredMoves {
    private RestoredMoves() {}

    /**
     * Tells each shard where the older records are of the streams that are placed at it; to be called once the shards
     * know those, and everything that was flushed.
     *
     * @return the streams of which that is not certain
     */
    public static Set<Long> settle(Collection<RestoredShard> shards) {
        Set<Long> strays = new TreeSet<>();
        shards.forEach(shard -> strays.addAll(shard.strays()));
        Set<Long> uncertain = new TreeSet<>();
        for (long stream : strays) {
            Optional<RestoredShard> home =
                    shards.stream().filter(shard -> shard.isPlaced(stream)).findFirst();
            if (home.isPresent()) {
                Trail trail = new Trail();
                shards.forEach(shard -> shard.tell(stream, trail));
                home.get().arrive(stream, trail);
                if (!trail.isCertain()) {
                    uncertain.add(stream);
                }
            }
        }
        return uncertain;
    }
}
