package io.weir.consensus.ratis;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;

/**
 * What leaders send to the log of one opening of a group: taken one message at a time, and acknowledged only when all
 * that was taken before it is written, too (ADR 7).
 *
 * <p>Left to itself the library checks a message against the log in one step and appends it in another, and answers for
 * entries that it has at once, whether they are fsynced yet or not: a leader that sends them again after a broken
 * connection would count them too early.
 *
 * <p>Threading: any thread; a message waits while another one is taken, a heartbeat never.
 */
final class IncomingEntries {
    private CompletableFuture<?> before = CompletableFuture.completedFuture(null);
    private volatile @Nullable Throwable failure;

    /** The library's server as its transport shall see it: every message takes its turn. */
    static RaftServer inFrontOf(RaftServer server) {
        return (RaftServer) Proxy.newProxyInstance(
                RaftServer.class.getClassLoader(),
                new Class<?>[] {RaftServer.class},
                (proxy, method, arguments) -> called(server, method, arguments));
    }

    private static @Nullable Object called(RaftServer server, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        Object message = arguments == null || arguments.length != 1 ? null : arguments[0];
        if (message instanceof AppendEntriesRequestProto append
                && method.getName().equals("appendEntriesAsync")
                && append.getEntriesCount() > 0) {
            Object answer = of(server, append.getServerRequest()).append(server, append);
            return answer;
        }
        if (message instanceof InstallSnapshotRequestProto install) {
            return of(server, install.getServerRequest()).install(server, install);
        }
        try {
            return method.invoke(server, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static IncomingEntries of(RaftServer server, RaftRpcRequestProto request) throws IOException {
        GroupMachine machine = (GroupMachine) server.getDivision(ProtoUtils.toRaftGroupId(request.getRaftGroupId()))
                .getStateMachine();
        return machine.incoming();
    }

    private synchronized CompletableFuture<AppendEntriesReplyProto> append(
            RaftServer server, AppendEntriesRequestProto message) throws IOException {
        CompletableFuture<AppendEntriesReplyProto> own = server.appendEntriesAsync(message);
        CompletableFuture<Void> written = CompletableFuture.allOf(before, own.handle((reply, error) -> null));
        before = written;
        return own.thenCompose(reply -> reply.getResult() == AppendResult.SUCCESS
                ? written.thenApply(all -> unlessFailed(reply))
                : CompletableFuture.completedFuture(reply));
    }

    /** A snapshot takes the place of entries that wait to be written: they never are. */
    private synchronized InstallSnapshotReplyProto install(RaftServer server, InstallSnapshotRequestProto message)
            throws IOException {
        try {
            return server.installSnapshot(message);
        } finally {
            if (message.getSnapshotChunk().getDone()) {
                before = CompletableFuture.completedFuture(null);
            }
        }
    }

    /** Some entry could not be written; told before the message that brought it is answered. */
    void logFailed(Throwable cause) {
        failure = cause;
    }

    private AppendEntriesReplyProto unlessFailed(AppendEntriesReplyProto reply) {
        Throwable failed = failure;
        if (failed != null) {
            throw new CompletionException(new IOException("Entries before these could not be written", failed));
        }
        return reply;
    }
}
