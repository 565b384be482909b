package io.weir.metadata.log;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.metadata.command.Decision;
import io.weir.metadata.command.Decisions;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.wire.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The metadata group's state machine: decides the commands of each entry, one after another, and evolves the image.
 *
 * <p>The reply to an entry is a list: one {@link MetadataResult} for each command.
 *
 * <p>Threading: the image may be read by any thread; all else is the group's.
 */
public final class MetadataState implements ReplicatedState {
    /** Learns what happened, on the group's thread. */
    public interface Observer {
        /** The image moved by the entries up to here. Comes before the replies. */
        void applied(ClusterImage before, ClusterImage after, Set<TopicId> changed, Set<TopicId> deleted, int bytes);

        /** The image was replaced. */
        void restored(ClusterImage image);

        void leadershipChanged(Leadership leadership);

        /** Another node has passed a barrier of the group, which leads here. */
        void heardFrom(NodeId node);

        /** As {@link ReplicatedState#connectionLost}. */
        void connectionLost(NodeId node);

        /** A snapshot of so many bytes was written, on the thread that wrote it. */
        void written(long bytes);
    }

    private final Observer observer;
    /** What the entries so far come to. */
    private volatile ClusterImage image = ClusterImage.EMPTY;
    /** What is shown: never an older one, though the log is replayed again when its disk has failed and healed. */
    private volatile ClusterImage shown = ClusterImage.EMPTY;

    public MetadataState(Observer observer) {
        this.observer = observer;
    }

    /** The newest image: whoever saw a topic never sees a time before it. */
    public ClusterImage image() {
        return shown;
    }

    @Override
    public void reset() {
        replace(ClusterImage.EMPTY);
    }

    @Override
    public void restore(InputStream snapshot, LogPosition position) throws IOException {
        replace(SnapshotCodec.read(snapshot));
    }

    private void replace(ClusterImage restored) {
        image = restored;
        if (restored.version() >= shown.version()) {
            shown = restored;
            observer.restored(restored);
        }
    }

    @Override
    public Object apply(LogPosition position, List<ByteBuffer> entry) {
        List<MetadataCommand> commands;
        try {
            commands = CommandCodec.decode(entry);
        } catch (MalformedException damaged) {
            throw new IllegalStateException("Cannot apply entry " + position + ": " + damaged.getMessage(), damaged);
        }
        ClusterImage before = image;
        ClusterImage after = before;
        Set<TopicId> changed = new HashSet<>();
        Set<TopicId> deleted = new HashSet<>();
        List<MetadataResult<?>> replies = new ArrayList<>(commands.size());
        for (MetadataCommand command : commands) {
            Decision<?> decision = Decisions.decide(after, command);
            for (MetadataRecord fact : decision.records()) {
                after = after.evolve(fact);
                note(fact, changed, deleted);
            }
            replies.add(decision.result());
        }
        int bytes = entry.stream().mapToInt(ByteBuffer::remaining).sum();
        // The log decides what a version is; comparing the images would read both as a whole, for every entry.
        if (before.version() == shown.version()) {
            image = after;
            shown = after;
            observer.applied(before, after, changed, deleted, bytes);
        } else {
            observer.applied(shown, shown, Set.of(), Set.of(), bytes);
            replace(after);
        }
        return replies;
    }

    private static void note(MetadataRecord fact, Set<TopicId> changed, Set<TopicId> deleted) {
        if (fact instanceof MetadataRecord.TopicWritten(var topic)) {
            changed.add(topic.id());
            deleted.remove(topic.id());
        } else if (fact instanceof MetadataRecord.TopicDeleted(var topic)) {
            changed.remove(topic);
            deleted.add(topic);
        }
    }

    @Override
    public Frozen freeze() {
        ClusterImage view = image;
        return new Frozen() {
            @Override
            public void writeTo(OutputStream out) throws IOException {
                observer.written(SnapshotCodec.write(view, out));
            }

            @Override
            public void close() {
                // An image is garbage once nobody holds it.
            }
        };
    }

    @Override
    public void leadershipChanged(Leadership leadership) {
        observer.leadershipChanged(leadership);
    }

    @Override
    public void heardFrom(NodeId node) {
        observer.heardFrom(node);
    }

    @Override
    public void connectionLost(NodeId node) {
        observer.connectionLost(node);
    }
}
