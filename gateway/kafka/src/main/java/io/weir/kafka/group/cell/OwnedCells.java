package io.weir.kafka.group.cell;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Every cell, and what this node does about owning it. The cells are spread over the nodes that the image offers
 * ({@link Placement}): this one acquires those whose place is here as soon as nobody owns them, and gives up those
 * whose place is elsewhere, a few at a time, so that each is without an owner for a moment only. When a session ends by
 * itself, the cell is acquired again after a bounded back-off.
 *
 * <p>Nothing is asked for again and again: what is to be done is looked at when the image changes, or something that
 * was under way is over. Who is not in the image owns nothing.
 *
 * <p>Threading: any thread; never blocks. The listener is called on the source's threads, the store's, or the given
 * clock's.
 */
public final class OwnedCells {
    /** Most cells that are acquired or loaded at the same time: a node that takes over all reads no more at once. */
    static final int MAX_OPENING = 64;

    /** Most cells that this node has given up and that their new owners have not taken yet. */
    static final int MAX_MOVING = 16;

    private static final Logger LOG = LoggerFactory.getLogger(OwnedCells.class);

    /** What is done with a session. */
    public interface Listener {
        /** The cell is ours: load it, then open the session. Called before any other use of the session. */
        void acquired(CellSession session);

        /**
         * The session has ended; the cell may be acquired again, under another session. Called once for each session,
         * and after {@link #acquired} has returned for it.
         */
        void ended(CellSession session);
    }

    private final CellStore store;
    private final NodeId node;
    private final MetadataSource metadata;
    private final Listener listener;
    private final List<CellSlot> slots = new ArrayList<>(CellStore.CELLS);
    /** Cells that are wanted and not had; only the first of them is a warning: they mostly go together. */
    private final Set<CellId> lacking = new HashSet<>();

    private final AtomicInteger opening = new AtomicInteger();
    /** How many times somebody has asked to look while somebody looks. */
    private final AtomicInteger looks = new AtomicInteger();
    /** Used by whoever looks. */
    private final Set<CellId> moving = new HashSet<>();

    private final Awaited placed = new Awaited();
    private volatile Placement placement = Placement.NONE;
    /** Those that are drained as well: what they still own is not free. Used by whoever looks. */
    private Set<NodeId> registered = Set.of();

    private volatile boolean closed;
    private MetadataSource.@Nullable Subscription subscription;

    /**
     * Owns nothing before {@link #start}.
     *
     * @param maxBackOff longest wait before a cell is acquired again
     * @param maxInFlightBytes bound on what is appended and not yet durable, all cells together
     */
    public OwnedCells(
            CellStore store,
            NodeId node,
            MetadataSource metadata,
            Duration maxBackOff,
            long maxInFlightBytes,
            ScheduledExecutorService clock,
            Listener listener) {
        this.store = store;
        this.node = node;
        this.metadata = metadata;
        this.listener = listener;
        CellSlot.Shared shared = new CellSlot.Shared(
                store, node, maxBackOff, clock, new InFlightBytes(maxInFlightBytes), new AmongTheOthers());
        for (int cell = 0; cell < CellStore.CELLS; cell++) {
            slots.add(new CellSlot(new CellId(cell), shared));
        }
    }

    /** Begins to acquire cells. */
    public void start() {
        MetadataSource.Subscription mine = metadata.subscribe((image, changed, deleted) -> look());
        synchronized (this) {
            subscription = mine;
        }
        if (closed) {
            mine.close();
        }
    }

    /** The cell's present session; empty while there is none. */
    public Optional<CellSession> session(CellId cell) {
        return slots.get(cell.value()).session();
    }

    /** Whether the cell is to be here, as far as this node knows who lives. */
    public boolean placedHere(CellId cell) {
        return placement.puts(cell, node);
    }

    /**
     * Completes when the cell's session has been opened; at once when it is open now. Completes exceptionally after
     * close.
     */
    public CompletableFuture<Void> opened(CellId cell) {
        return slots.get(cell.value()).opened();
    }

    /** Whether the cell's session is open within a second. */
    public CompletableFuture<Boolean> openedSoon(CellId cell) {
        return slots.get(cell.value()).openedSoon();
    }

    /** Whether within a second this node has its place among the others, and every cell is open that no other owns. */
    public CompletableFuture<Boolean> allOpenedSoon() {
        return placed.soon()
                .thenCompose(known -> known ? eachOpenedSoon() : CompletableFuture.completedFuture(false))
                .completeOnTimeout(false, Awaited.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private CompletableFuture<Boolean> eachOpenedSoon() {
        MetadataImage image = metadata.image();
        List<CompletableFuture<Boolean>> opened = slots.stream()
                .filter(slot -> placedHere(slot.cell()))
                .filter(slot -> image.cellOwner(slot.cell()).map(node::equals).orElse(true))
                .map(CellSlot::openedSoon)
                .toList();
        return CompletableFuture.allOf(opened.toArray(CompletableFuture[]::new))
                .thenApply(answered -> opened.stream().allMatch(CompletableFuture::join));
    }

    /** To be called when a session has been opened. */
    public void hasOpened(CellSession session) {
        slots.get(session.cell().value()).hasOpened(session);
        has(session.cell());
    }

    /** How many cells are open. */
    public long openCount() {
        return slots.stream().filter(slot -> slot.opened().isDone()).count();
    }

    /**
     * One looks at a time; who comes meanwhile makes it look once more. Fails for nobody, or nobody would look again.
     */
    private void look() {
        if (looks.getAndIncrement() > 0) {
            return;
        }
        int seen;
        do {
            seen = looks.get();
            if (!closed) {
                try {
                    lookOnce();
                } catch (RuntimeException | Error bug) {
                    LOG.atError().setCause(bug).log("Cells cannot be looked at until something changes");
                }
            }
        } while (!looks.compareAndSet(seen, 0));
    }

    private void lookOnce() {
        MetadataImage image = metadata.image();
        Set<NodeId> live = ids(image.nodes());
        registered = live;
        Set<NodeId> places = ids(image.offered());
        if (!places.equals(placement.nodes())) {
            Placement now = Placement.over(places);
            placement = now;
            LOG.atInfo()
                    .addKeyValue("gateways", places.size())
                    .addKeyValue("cells", now.share(node))
                    .log("Cells of groups have new places");
        }
        if (live.contains(node)) {
            placed.event().complete(null);
        }
        moving.removeIf(cell -> placedHere(cell)
                || image.cellOwner(cell).filter(owner -> !owner.equals(node)).isPresent());
        slots.forEach(this::look);
    }

    private static Set<NodeId> ids(Collection<ClusterNode> nodes) {
        return nodes.stream().map(ClusterNode::id).collect(Collectors.toSet());
    }

    /** The image is read after the state: so it shows at least the acquisition of the session that is found. */
    private void look(CellSlot slot) {
        CellSlot.State state = slot.state();
        NodeId owner = metadata.image().cellOwner(slot.cell()).orElse(null);
        boolean wanted = placedHere(slot.cell());
        boolean ownedHere = node.equals(owner);
        switch (state) {
            case CellSlot.State.Owning(CellSession session) -> {
                if (!ownedHere) {
                    session.end("Somebody else owns the cell, or may");
                } else if (!wanted && moving.size() < MAX_MOVING) {
                    moving.add(slot.cell());
                    slot.giveUp(session, "The cell's place is elsewhere");
                }
            }
            case CellSlot.State.Without _ -> {
                boolean free = owner == null || !registered.contains(owner);
                // A cell of an earlier life of this node, which is to be elsewhere, is acquired to be given up.
                if ((wanted && free) || ownedHere) {
                    acquire(slot);
                }
            }
            case CellSlot.State.BackingOff _,
                    CellSlot.State.Acquiring _,
                    CellSlot.State.Resigning _,
                    CellSlot.State.Closed _ -> {
                // It says when it is over.
            }
        }
    }

    private void acquire(CellSlot slot) {
        if (opening.incrementAndGet() > MAX_OPENING || !slot.acquire()) {
            opening.decrementAndGet();
        }
    }

    private final class AmongTheOthers implements CellSlot.Cells {
        @Override
        public boolean wants(CellId cell) {
            return !closed && placedHere(cell);
        }

        @Override
        public void acquired(CellSession session) {
            listener.acquired(session);
        }

        @Override
        public void ended(CellSession session) {
            listener.ended(session);
        }

        @Override
        public void lacks(CellId cell, String reason) {
            if (!closed && placedHere(cell)) {
                lacking(cell).addKeyValue("reason", reason).log("A cell is not had, and will be acquired again");
            }
        }

        @Override
        public void changed() {
            look();
        }

        @Override
        public void opensNoMore() {
            opening.decrementAndGet();
            look();
        }
    }

    private LoggingEventBuilder lacking(CellId cell) {
        synchronized (lacking) {
            LoggingEventBuilder event = lacking.isEmpty() ? LOG.atWarn() : LOG.atDebug();
            lacking.add(cell);
            return event.addKeyValue("cell", cell);
        }
    }

    private void has(CellId cell) {
        synchronized (lacking) {
            if (lacking.remove(cell) && lacking.isEmpty()) {
                LOG.atInfo().log("Every cell that was lacking is there again");
            }
        }
    }

    /**
     * Ends every session, and acquires nothing any more. The cells are not given up: this node is about to leave the
     * image, and they are free from then on, all at once and with a new place each.
     */
    public void drain() {
        end("The gateway drains");
    }

    /** Ends every session and gives the cells up, so that others need not wait for the lease to run out. */
    public CompletableFuture<Void> close() {
        return CompletableFuture.allOf(end("The gateway closes").stream()
                .map(session -> store.resign(session.cell(), session.epoch()))
                .toArray(CompletableFuture[]::new));
    }

    private List<CellSession> end(String why) {
        closed = true;
        MetadataSource.Subscription mine;
        synchronized (this) {
            mine = subscription;
            subscription = null;
        }
        if (mine != null) {
            mine.close();
        }
        List<CellSession> ended = new ArrayList<>();
        slots.forEach(slot -> slot.close(why).ifPresent(ended::add));
        return ended;
    }
}
