package io.weir.consensus.ratis;

import io.weir.consensus.log.Durable;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotResult;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.impl.ReplacedLog;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.util.ProtoUtils;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;

/**
 * What leaders send to the log of one opening of a group: taken one message at a time, and acknowledged only when all
 * that was taken before it is written, too (ADR 7).
 *
 * <p>Left to itself the library checks a message against the log in one step and appends it in another, and answers for
 * entries that it has at once, whether they are fsynced yet or not: a leader that sends them again after a broken
 * connection would count them too early. So would one whose entries take the place of others: see {@link Fsynced}.
 *
 * <p>Threading: any thread; a message waits a while for another one to be taken, a heartbeat never. Nothing that writes
 * entries needs its turn.
 */
final class IncomingEntries {
    /** Completes, whatever becomes of it, when all that was taken so far is written or has failed. By turn. */
    private CompletableFuture<?> before = CompletableFuture.completedFuture(null);

    private final ReentrantLock turn = new ReentrantLock();
    private final Configurations configurations;
    private final Unwritten unwritten;
    private final Fsynced fsynced = new Fsynced();
    private volatile @Nullable Throwable failure;

    /** Where the members are kept. */
    @FunctionalInterface
    interface Configurations {
        /** Has one last, unless a later one does. */
        void keep(LogEntryProto configuration) throws IOException;
    }

    IncomingEntries(Configurations configurations, Unwritten unwritten) {
        this.configurations = configurations;
        this.unwritten = unwritten;
    }

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
            RaftServer.Division division = division(server, append.getServerRequest());
            Object answer = of(division).append(server, division, append);
            return answer;
        }
        if (message instanceof InstallSnapshotRequestProto install) {
            RaftServer.Division division = division(server, install.getServerRequest());
            return of(division).install(server, division, install);
        }
        try {
            return method.invoke(server, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static RaftServer.Division division(RaftServer server, RaftRpcRequestProto request) throws IOException {
        return server.getDivision(ProtoUtils.toRaftGroupId(request.getRaftGroupId()));
    }

    private static IncomingEntries of(RaftServer.Division division) {
        return ((GroupMachine) division.getStateMachine()).incoming();
    }

    private CompletableFuture<AppendEntriesReplyProto> append(
            RaftServer server, RaftServer.Division division, AppendEntriesRequestProto message) throws IOException {
        TimeDuration patience = division.properties().minRpcTimeout();
        LongSupplier flushed = division.getRaftLog()::getFlushIndex;
        long last = message.getEntries(message.getEntriesCount() - 1).getIndex();
        awaitTurn(patience);
        try {
            CompletableFuture<AppendEntriesReplyProto> own = taken(server, message, patience);
            CompletableFuture<Void> written = CompletableFuture.allOf(before, own.handle((reply, error) -> {
                fsynced.look(flushed);
                return null;
            }));
            before = written;
            return own.thenCompose(reply -> reply.getResult() == AppendResult.SUCCESS
                    ? written.thenCompose(all -> fsynced.upTo(last, flushed)).thenApply(all -> unlessFailed(reply))
                    : CompletableFuture.completedFuture(reply));
        } finally {
            turn.unlock();
        }
    }

    /** By the library, once there is room for it. */
    private CompletableFuture<AppendEntriesReplyProto> taken(
            RaftServer server, AppendEntriesRequestProto message, TimeDuration patience) throws IOException {
        int entries = message.getEntriesCount();
        int bytes = message.getSerializedSize();
        try {
            unwritten.add(entries, bytes, patience);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        CompletableFuture<AppendEntriesReplyProto> own;
        try {
            own = server.appendEntriesAsync(message);
        } catch (IOException | RuntimeException | Error e) {
            unwritten.remove(entries, bytes);
            throw e;
        }
        return own.whenComplete((reply, error) -> unwritten.remove(entries, bytes));
    }

    /**
     * While a disk hangs, entries are taken until there is no more room, and the next message waits for some. Its
     * leader connects anew now and then, and sends it again: what comes behind the one that waits is refused, or each
     * would keep its thread and its memory for as long as the disk hangs.
     */
    private void awaitTurn(TimeDuration patience) throws IOException {
        try {
            if (!turn.tryLock(patience.getDuration(), patience.getUnit())) {
                throw new IOException("A message before this one is not taken after " + patience);
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("Interrupted while a message waited to be taken", e);
    }

    /**
     * A snapshot is installed once all that was taken before it is written. The library drops from its queue whatever
     * waits to be written, and says so to nobody: no later message of that stream would be answered, and this peer,
     * which does not stand for election while it has messages to answer, never would again. What installs nothing drops
     * nothing, and changes nothing here, either. Its first part waits as well: what has arrived of one that is refused
     * at its end stays on the disk. And nothing is taken behind it before a log that it replaces is given up.
     *
     * <p>The configuration that comes with it lasts before it is installed: the library writes it afterwards, and only
     * logs that it could not, when the log that had it may be purged already.
     *
     * <p>The disk is waited for shortly: the leader sends no heartbeat meanwhile. Then the stream ends, and the leader
     * sends the snapshot once more. That is another attempt, in a directory of its own, and the library never deletes
     * the former's: the room that it takes may be what the next one lacks.
     */
    private InstallSnapshotReplyProto install(
            RaftServer server, RaftServer.Division division, InstallSnapshotRequestProto message) throws IOException {
        TimeDuration patience = division.properties().minRpcTimeout();
        awaitTurn(patience);
        try {
            InstallSnapshotRequestProto.SnapshotChunkProto chunk = message.getSnapshotChunk();
            if (chunk.getDone() || chunk.getRequestIndex() == 0) {
                awaitWritten(patience);
            }
            if (chunk.getRequestIndex() == 0 && begins(message, division)) {
                deleteAttempts(division, name -> !name.equals(nameOf(message)));
            }
            boolean isOutdated = isOutdated(message, division);
            if (chunk.getDone() && !isOutdated && message.hasLastRaftConfigurationLogEntryProto()) {
                configurations.keep(message.getLastRaftConfigurationLogEntryProto());
            }
            InstallSnapshotReplyProto reply =
                    server.installSnapshot(isOutdated ? withoutConfiguration(message) : message);
            if (chunk.getDone() && reply.getResult() == InstallSnapshotResult.SUCCESS) {
                giveUpReplaced(division, TermIndex.valueOf(chunk.getTermIndex()));
            }
            return reply;
        } catch (IOException e) {
            deleteAfter(e, division, message);
            throw e;
        } finally {
            turn.unlock();
        }
    }

    /** In any case, since the same snapshot is not installed again; but not before the snapshot's name lasts. */
    private static void giveUpReplaced(RaftServer.Division division, TermIndex snapshot) throws IOException {
        try {
            Durable.syncDirectory(
                    division.getRaftStorage().getStorageDir().getRoot().toPath());
        } finally {
            ReplacedLog.giveUp(division, snapshot);
        }
    }

    /**
     * Whether the library gives up every other snapshot for this one: not for a former leader's, or one that is past.
     */
    private static boolean begins(InstallSnapshotRequestProto message, RaftServer.Division division) {
        return message.getLeaderTerm() >= division.getInfo().getCurrentTerm()
                && division.getInfo().isAlive();
    }

    /** Nothing more of this attempt is taken. */
    private static void deleteAfter(
            IOException failed, RaftServer.Division division, InstallSnapshotRequestProto message) {
        try {
            deleteAttempts(division, name -> name.equals(nameOf(message)));
        } catch (IOException stays) {
            failed.addSuppressed(stays);
        }
    }

    /** The library's, of the directory in which an attempt arrives. */
    private static String nameOf(InstallSnapshotRequestProto message) {
        return "snapshot-" + message.getSnapshotChunk().getRequestId();
    }

    private static void deleteAttempts(RaftServer.Division division, Predicate<String> chosen) throws IOException {
        Path all = GroupFiles.arrivingBelow(
                division.getRaftStorage().getStorageDir().getRoot().toPath());
        if (!Files.isDirectory(all)) {
            return;
        }
        try (Stream<Path> attempts = Files.list(all)) {
            for (Path attempt : attempts.toList()) {
                if (chosen.test(attempt.getFileName().toString())) {
                    GroupFiles.deleteTree(attempt);
                }
            }
        }
    }

    /**
     * Whether a message installs nothing, and brings no newer configuration. The library takes a configuration up
     * though it refuses what it came with: a former leader's message that comes late would replace, in memory and on
     * the disk, a newer one that is in the log, and a majority of the former members could elect somebody who lacks
     * what was committed since. A newer one is taken up with a snapshot that is there already: a crash may have come
     * between the two.
     *
     * <p>What changes between this and the library's own look does no harm: a newer configuration waits for its turn.
     */
    private static boolean isOutdated(InstallSnapshotRequestProto message, RaftServer.Division division) {
        if (message.getLeaderTerm() < division.getInfo().getCurrentTerm()) {
            return true;
        }
        return message.getSnapshotChunk().getTermIndex().getIndex()
                        <= division.getRaftLog().getLastCommittedIndex()
                && message.getLastRaftConfigurationLogEntryProto().getIndex()
                        <= division.getRaftConf().getLogEntryIndex();
    }

    private static InstallSnapshotRequestProto withoutConfiguration(InstallSnapshotRequestProto message) {
        return message.toBuilder().clearLastRaftConfigurationLogEntryProto().build();
    }

    private void awaitWritten(TimeDuration patience) throws IOException {
        try {
            before.get(patience.getDuration(), patience.getUnit());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while a snapshot waited for entries to be written", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("Entries in front of a snapshot are not written after " + patience, e);
        }
    }

    /** Some entry could not be written; told before the message that brought it is answered. */
    void logFailed(Throwable cause) {
        failure = cause;
        end();
    }

    /** Since this opening. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** The part of the group whose log it is ends: nobody waits for it any more. */
    void end() {
        unwritten.end();
        fsynced.end();
    }

    private AppendEntriesReplyProto unlessFailed(AppendEntriesReplyProto reply) {
        Throwable failed = failure;
        if (failed != null) {
            throw new CompletionException(new IOException("Entries before these could not be written", failed));
        }
        return reply;
    }
}
