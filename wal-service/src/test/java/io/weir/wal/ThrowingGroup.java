package io.weir.wal;

import io.weir.contracts.consensus.ConsensusGroup;
import java.lang.reflect.Proxy;
import java.util.Queue;

/** A group that throws at who submits, as one does whom a bug makes an entry too large, for as long as told to. */
public final class ThrowingGroup {
    private ThrowingGroup() {}

    /** @param thrown by the next submissions, one each */
    public static ConsensusGroup of(ConsensusGroup real, Queue<RuntimeException> thrown) {
        return (ConsensusGroup) Proxy.newProxyInstance(
                ThrowingGroup.class.getClassLoader(),
                new Class<?>[] {ConsensusGroup.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("submit") && !thrown.isEmpty()) {
                        throw thrown.remove();
                    }
                    return method.invoke(real, arguments);
                });
    }
}
