package io.weir.testsupport.history;

import io.weir.testsupport.history.Anomaly.Sight;
import io.weir.testsupport.history.Operation.Send;
import org.jspecify.annotations.Nullable;

/** What a history says of one value. */
final class Written {
    /** None if nobody has sent it. */
    final @Nullable Send send;

    /** Where it was first seen, by its acknowledgement if it has one. */
    @Nullable Sight first;

    /** Whether it is known already that it should not be there. */
    boolean accused;

    /** Whether a scan has found it. */
    boolean confirmed;

    Written(@Nullable Send send) {
        this.send = send;
    }

    boolean isAcknowledged() {
        return send != null && send.span().isOk();
    }
}
