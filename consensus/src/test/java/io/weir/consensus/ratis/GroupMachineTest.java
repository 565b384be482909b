package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.consensus.ratis.forward.Forwarded;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.consensus.JournalState;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupMachineTest {
    @TempDir
    private Path directory;

    private SingleFileSnapshotInfo snapshot(long index) {
        Path file = directory.resolve("snapshot.1_" + index);
        return new SingleFileSnapshotInfo(new FileInfo(file, MD5Hash.newInstance(new byte[16])), 1, index);
    }

    private GroupMachine machineAt(long index) {
        return new GroupMachine(
                new JournalState(),
                snapshot(index),
                new Nobody(),
                new SegmentSync(directory, 1, () -> {}),
                new IncomingEntries(configuration -> {}, new Unwritten(1, 1)),
                true);
    }

    /** Its file is gone: the leader's snapshots take the place of the directory that it was in. */
    @Test
    void publishesNoSnapshotThatOneOfTheLeadersHasOvertaken() {
        GroupMachine machine = machineAt(5000);
        machine.publishNext(snapshot(100));
        assertThat(machine.takeSnapshot()).isEqualTo(5000);
        assertThat(machine.getLatestSnapshot()).isNotNull();
        assertThat(machine.getLatestSnapshot().getIndex()).isEqualTo(5000);
    }

    @Test
    void publishesANewerSnapshotOnce() {
        GroupMachine machine = machineAt(100);
        machine.publishNext(snapshot(5000));
        assertThat(machine.takeSnapshot()).isEqualTo(5000);
        assertThat(machine.takeSnapshot()).isEqualTo(5000);
    }

    /** A thread that was about to when the group was opened again would find the state at another place in the log. */
    @Test
    void freezesNothingOnceItHasEnded() {
        GroupMachine machine = machineAt(100);
        assertThat(machine.freeze().position()).isEqualTo(new LogPosition(1, 100));
        machine.ended();
        assertThatThrownBy(machine::freeze)
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.SHUTTING_DOWN));
    }

    /** Nothing here tells it anything. */
    private static final class Nobody implements GroupMachine.Events {
        private static IllegalStateException unexpected() {
            return new IllegalStateException("Nothing was applied, led or failed");
        }

        @Override
        public void leading(long term) {
            throw unexpected();
        }

        @Override
        public void following(long term, @Nullable RaftPeerId leader) {
            throw unexpected();
        }

        @Override
        public Object ownEntry(LogPosition position, List<ByteBuffer> entry, ReplicatedState state) {
            throw unexpected();
        }

        @Override
        public @Nullable Forwarded recognized(ByteString client, long call) {
            throw unexpected();
        }

        @Override
        public void applied(LogPosition position, @Nullable StateMachineLogEntryProto submitted) {
            throw unexpected();
        }

        @Override
        public void applied(LogPosition position, int bytes) {
            throw unexpected();
        }

        @Override
        public SingleFileSnapshotInfo installed() {
            throw unexpected();
        }

        @Override
        public void logFailed(Throwable cause) {
            throw unexpected();
        }

        @Override
        public void applyFailed(LogPosition position, Throwable bug, Runnable end) {
            throw unexpected();
        }
    }
}
