package io.weir.consensus.ratis;

import io.weir.consensus.log.LogReader;
import io.weir.consensus.ratis.follow.LogEntry;
import io.weir.consensus.ratis.follow.News;
import io.weir.consensus.ratis.follow.ReplicaSide;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.jspecify.annotations.Nullable;

/** A group of this process, as nodes without a replica follow it (ADR 9). */
final class GroupAsReplica implements ReplicaSide {
    private static final int CLIENT_BYTES = 2 * Long.BYTES;

    private final RatisGroup group;
    private final LeadershipOfGroup leadership;
    private final LogReader reader;
    private final List<Runnable> told = new CopyOnWriteArrayList<>();
    private final RecentEntries recent = new RecentEntries();
    private final AtomicLong restored = new AtomicLong(LogPosition.NONE.index());

    GroupAsReplica(RatisGroup group, LeadershipOfGroup leadership, LogReader reader) {
        this.group = group;
        this.leadership = leadership;
        this.reader = reader;
    }

    /** On the apply thread; costs nothing while nobody follows. */
    void applied(LogPosition position, @Nullable StateMachineLogEntryProto submitted) {
        if (!told.isEmpty()) {
            recent.add(submitted == null ? LogEntry.librarys(position) : entry(position, submitted));
            changed();
        }
    }

    /**
     * The state comes from a snapshot, and is about to be shown. The log's files may have held entries that one of the
     * leader's has replaced and that never were committed: whoever has such a file open can read it after it is
     * deleted.
     */
    void restored(LogPosition snapshot) {
        restored.accumulateAndGet(snapshot.index(), Math::max);
    }

    /** There may be something to tell. */
    void changed() {
        told.forEach(Runnable::run);
    }

    private static LogEntry entry(LogPosition position, StateMachineLogEntryProto submitted) {
        ByteString data = submitted.getLogData();
        return new LogEntry(
                position,
                Proposal.isOwn(data) ? LogEntry.Kind.GROUPS : LogEntry.Kind.SUBMITTED,
                client(submitted.getClientId()),
                submitted.getCallId(),
                Proposal.piecesOf(data));
    }

    private static UUID client(ByteString id) {
        if (id.size() != CLIENT_BYTES) {
            return new UUID(0, 0);
        }
        ByteBuffer bytes = id.asReadOnlyByteBuffer();
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    @Override
    public boolean isRunning() {
        return group.running() != null && group.failure().isEmpty();
    }

    @Override
    public long applied() {
        return group.applied().index();
    }

    @Override
    public Leadership leadership() {
        return leadership.now();
    }

    @Override
    public News news() {
        RunningGroup running = group.running();
        return new News(
                applied(),
                group.logBytes(),
                running == null ? Duration.ZERO : silence(running),
                running == null || !running.isPeer() ? Optional.empty() : leader(),
                group.peers().toList(),
                group.replicas());
    }

    private Optional<Leader> leader() {
        return switch (leadership.now()) {
            case Leadership.Leading(long term) ->
                group.membership()
                        .map(membership -> new Leader(membership.self().node(), term));
            case Leadership.Following(Optional<Leader> known) -> known;
        };
    }

    /**
     * One that hears of its leader, and has nothing to tell of what the others have, is as good as cut off. So is one
     * that is no peer of the group, whom a leader sends at most what it needs to become one.
     */
    private static Duration silence(RunningGroup running) {
        if (!running.isPeer()) {
            return running.age();
        }
        Duration unheard = running.silence();
        Duration standstill = running.standstill();
        return unheard.compareTo(standstill) > 0 ? unheard : standstill;
    }

    @Override
    public Optional<SnapshotFile> snapshot() {
        try {
            SingleFileSnapshotInfo latest = group.files().snapshots().latestInfo();
            return latest == null || latest.getFile().getFileDigest() == null
                    ? Optional.empty()
                    : Optional.of(new SnapshotFile(
                            new LogPosition(latest.getTerm(), latest.getIndex()),
                            latest.getFile().getPath(),
                            latest.getFile().getFileDigest().getDigest()));
        } catch (IOException unreadable) {
            throw new ServiceException(
                    FailureCode.CORRUPT, "The snapshots of group " + group.name() + " cannot be read", unreadable);
        }
    }

    @Override
    public Reading reading() {
        LogReader files = reader.another();
        return new Reading() {
            @Override
            public Optional<LogEntry> at(long index) {
                Optional<LogEntry> inMemory = recent.at(index);
                if (inMemory.isPresent()) {
                    // A file that was purged meanwhile takes room for as long as it is open.
                    files.close();
                    return inMemory;
                }
                if (index <= restored.get()) {
                    files.close();
                    return Optional.empty();
                }
                return fromDisk(files, index);
            }

            @Override
            public void close() {
                files.close();
            }
        };
    }

    private static Optional<LogEntry> fromDisk(LogReader files, long index) {
        try {
            LogEntryProto read = LogEntryProto.parseFrom(files.entry(index));
            LogPosition position = new LogPosition(read.getTerm(), read.getIndex());
            return Optional.of(
                    read.hasStateMachineLogEntry()
                            ? entry(position, read.getStateMachineLogEntry())
                            : LogEntry.librarys(position));
        } catch (ServiceException failed) {
            if (failed.code() == FailureCode.OBJECT_MISSING) {
                return Optional.empty();
            }
            throw failed;
        } catch (InvalidProtocolBufferException damaged) {
            throw new ServiceException(FailureCode.CORRUPT, "Cannot read entry " + index, damaged);
        }
    }

    @Override
    public Runnable whenever(Runnable something) {
        told.add(something);
        return () -> {
            told.remove(something);
            if (told.isEmpty()) {
                recent.clear();
            }
        };
    }
}
