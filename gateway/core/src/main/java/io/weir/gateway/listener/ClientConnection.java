package io.weir.gateway.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.weir.gateway.connection.CloseReason;
import io.weir.gateway.connection.Connection;
import io.weir.gateway.connection.Protocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One client: frames in, answers out in the order of the requests.
 *
 * <p>It reads only while its answers are taken, fewer than the bound are owed, and the admission budget has room.
 *
 * <p>Threading: the channel's event loop, but for {@link #answered}, {@link #close} and the accessors.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Connection {
    /** A frame no bigger than this is received though the admission budget is used up. */
    private static final int ALWAYS_ADMITTED_BYTES = 64 << 10;

    private final Channel channel;
    private final Listener listener;
    private final Protocol.Session session;
    private final FrameAssembler frames;
    private final AnswerWriter writer;
    private final Deque<PendingReply> owed = new ArrayDeque<>();
    private final Deque<ByteBuf> unread = new ArrayDeque<>(1);
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final Executor loop;
    private final Runnable whenBudgetIsFree;
    private boolean awaitingBudget;
    private boolean granted;
    private boolean reading = true;
    private boolean inRead;
    private boolean working;
    private boolean workAgain;
    private boolean unflushed;
    private boolean draining;
    private boolean closing;
    private boolean gone;
    private long held;
    private volatile long lastReadNanos;
    private volatile long unwritableSinceNanos;
    private volatile boolean framePartial = true;
    private volatile boolean paused;

    ClientConnection(Channel channel, Listener listener, Protocol protocol) {
        this.channel = channel;
        this.listener = listener;
        this.loop = task -> {
            if (channel.eventLoop().inEventLoop()) {
                task.run();
            } else {
                channel.eventLoop().execute(task);
            }
        };
        this.whenBudgetIsFree = () -> channel.eventLoop().execute(this::budgetFreed);
        this.frames = new FrameAssembler(listener.config().maxFrameBytes());
        this.writer = new AnswerWriter(channel);
        this.lastReadNanos = System.nanoTime();
        this.session = protocol.open(this);
    }

    @Override
    public String id() {
        return channel.id().asShortText();
    }

    @Override
    public InetSocketAddress remote() {
        return channel.remoteAddress() instanceof InetSocketAddress remote ? remote : new InetSocketAddress(0);
    }

    @Override
    public Executor loop() {
        return loop;
    }

    @Override
    public Timer schedule(Duration delay, Runnable work) {
        ScheduledFuture<?> scheduled = channel.eventLoop().schedule(work, delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        listener.traffic().received(bytes.readableBytes());
        lastReadNanos = System.nanoTime();
        inRead = true;
        unread.add(bytes);
        work();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        inRead = false;
        work();
        flush();
    }

    /** Answers and reads until neither gets on: each makes room for the other. */
    private void work() {
        if (working) {
            workAgain = true;
            return;
        }
        working = true;
        try {
            do {
                workAgain = false;
                drain();
                consume();
            } while (workAgain && !gone);
        } catch (RuntimeException | Error failed) {
            // Often not on the pipeline's call: nobody else would close the connection, and its client would wait.
            fail(failed);
        } finally {
            working = false;
        }
        if (!inRead) {
            flush();
        }
    }

    private void flush() {
        if (unflushed) {
            unflushed = false;
            channel.flush();
        }
    }

    private void consume() {
        while (!unread.isEmpty() && mayRead()) {
            ByteBuf bytes = unread.getFirst();
            try {
                takeFrames(bytes);
            } catch (FrameAssembler.FrameRefused refused) {
                listener.refused(this, refused);
                close(refused.length() > 0 ? CloseReason.FRAME_TOO_LARGE : CloseReason.MALFORMED);
                return;
            }
            if (!bytes.isReadable() && !unread.isEmpty()) {
                unread.removeFirst().release();
            }
        }
        updateReading();
    }

    private void takeFrames(ByteBuf bytes) {
        while (bytes.isReadable() && mayRead()) {
            byte[] frame = frames.next(bytes);
            account(frame);
            if (frame == null) {
                return;
            }
            PendingReply reply = new PendingReply(this, frame.length);
            owed.add(reply);
            session.received(ByteBuffer.wrap(frame), reply);
        }
    }

    private void account(byte @Nullable [] frame) {
        long now = frame == null ? frames.heldBytes() : frame.length;
        listener.budget().take(now - held);
        held = now;
        if (frame != null) {
            listener.budget().answering(held);
            held = 0;
            granted = false;
        }
        framePartial = frames.inFrame();
    }

    private boolean mayRead() {
        return !closing
                && !draining
                && owed.size() < listener.config().maxInFlight()
                && channel.isWritable()
                && !writer.busy()
                && admitted();
    }

    private boolean admitted() {
        boolean small = owed.isEmpty() && held <= ALWAYS_ADMITTED_BYTES;
        if (small || granted || !listener.budget().exhausted()) {
            return true;
        }
        if (!awaitingBudget) {
            awaitingBudget = true;
            listener.budget().await(whenBudgetIsFree);
        }
        return false;
    }

    private void budgetFreed() {
        awaitingBudget = false;
        if (!gone) {
            work();
        }
    }

    private void updateReading() {
        boolean wanted = unread.isEmpty() && mayRead();
        if (wanted != reading) {
            reading = wanted;
            paused = !wanted;
            lastReadNanos = System.nanoTime();
            channel.config().setAutoRead(wanted);
        }
    }

    /** One of the owed answers was given. */
    void answered() {
        if (channel.eventLoop().inEventLoop()) {
            work();
        } else if (drainScheduled.compareAndSet(false, true)) {
            channel.eventLoop().execute(this::workOnAnswers);
        }
    }

    private void workOnAnswers() {
        drainScheduled.set(false);
        work();
    }

    private void drain() {
        while (!gone && writer.ready() && !owed.isEmpty() && owed.getFirst().answer() != null) {
            unflushed |= write(owed.removeFirst());
        }
        if (draining && !closing && owed.isEmpty() && !writer.busy()) {
            closeAfterWrites(CloseReason.DRAINING);
        }
    }

    private boolean write(PendingReply reply) {
        listener.budget().answered(reply.requestBytes());
        return switch (java.util.Objects.requireNonNull(reply.answer())) {
            case PendingReply.Bytes(var outgoing) -> {
                listener.traffic().sent(writer.begin(outgoing));
                yield true;
            }
            case PendingReply.Nothing.NOTHING -> false;
            case PendingReply.Close(var reason) -> {
                closeAfterWrites(reason);
                yield false;
            }
        };
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (channel.isWritable()) {
            unwritableSinceNanos = 0;
            unflushed |= writer.proceed();
            work();
            flush();
        } else {
            unwritableSinceNanos = System.nanoTime() | 1;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!closing) {
            listener.closing(this, CloseReason.CLIENT);
        }
        gone = true;
        closing = true;
        listener.budget().forget(whenBudgetIsFree);
        listener.budget().release(held);
        held = 0;
        for (PendingReply reply : owed) {
            listener.budget().answered(reply.requestBytes());
            reply.abandon();
        }
        owed.clear();
        writer.abandon();
        unread.forEach(ByteBuf::release);
        unread.clear();
        listener.closed(this);
        session.closed();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            close(CloseReason.CLIENT);
        } else {
            fail(cause);
        }
    }

    private void fail(Throwable cause) {
        listener.failed(this, cause);
        close(CloseReason.FAILED);
    }

    @Override
    public void close(CloseReason reason) {
        loop.execute(() -> {
            if (!closing) {
                closing = true;
                listener.closing(this, reason);
                var _ = channel.close();
            }
        });
    }

    private void closeAfterWrites(CloseReason reason) {
        if (!closing) {
            closing = true;
            listener.closing(this, reason);
            var _ = channel.writeAndFlush(channel.alloc().buffer(0, 0)).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** Answers what is owed, and closes. */
    void drainAndClose() {
        loop.execute(() -> {
            draining = true;
            work();
        });
    }

    /** Receives the rest of the frame it is in, whatever the budget says: someone must get on. */
    void grant() {
        loop.execute(() -> {
            granted = true;
            work();
        });
    }

    /** What the connection is to be closed for at this time; null when it is well. */
    @Nullable CloseReason overdue(long nowNanos) {
        ListenerConfig config = listener.config();
        long unwritable = unwritableSinceNanos;
        if (unwritable != 0 && nowNanos - unwritable > config.writeTimeout().toNanos()) {
            return CloseReason.NOT_READING;
        }
        long quiet = nowNanos - lastReadNanos;
        if (paused) {
            return null;
        }
        if (framePartial && quiet > config.frameTimeout().toNanos()) {
            return CloseReason.HALF_OPEN;
        }
        return quiet > config.idleTimeout().toNanos() ? CloseReason.IDLE : null;
    }

    /** Whether the client keeps a frame unfinished, though it may send. */
    boolean stalled(long nowNanos, Duration atLeast) {
        return framePartial && !paused && nowNanos - lastReadNanos > atLeast.toNanos();
    }

    /** Bytes to come until the frame is whole; 0 when none has begun. */
    int missingBytes() {
        return framePartial && paused ? frames.missingBytes() : 0;
    }
}
