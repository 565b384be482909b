package io.weir.kafka.group.lag;

import io.weir.contracts.identity.StreamLocation;
import java.util.OptionalLong;

/** Where streams end, as this process knows it now. Threading: any thread; must not block. */
@FunctionalInterface
public interface StreamEnds {
    /** Empty when the stream's end is not known here. */
    OptionalLong end(StreamLocation location);
}
