package io.weir.benchmarks.transport;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.apache.ratis.thirdparty.io.netty.bootstrap.Bootstrap;
import org.apache.ratis.thirdparty.io.netty.bootstrap.ServerBootstrap;
import org.apache.ratis.thirdparty.io.netty.buffer.ByteBuf;
import org.apache.ratis.thirdparty.io.netty.buffer.Unpooled;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandler;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandlerContext;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelInitializer;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelOption;
import org.apache.ratis.thirdparty.io.netty.channel.SimpleChannelInboundHandler;
import org.apache.ratis.thirdparty.io.netty.channel.epoll.EpollEventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.channel.epoll.EpollServerSocketChannel;
import org.apache.ratis.thirdparty.io.netty.channel.epoll.EpollSocketChannel;
import org.apache.ratis.thirdparty.io.netty.channel.socket.SocketChannel;
import org.apache.ratis.thirdparty.io.netty.handler.codec.LengthFieldBasedFrameDecoder;

/** A length of four bytes, then the message, with the same native transport that gRPC runs on. */
final class NettyConnection implements Connection {
    private final EpollEventLoopGroup group = new EpollEventLoopGroup(2);
    private final Channel channel;

    NettyConnection(int mostBytes, Runnable answered) {
        Channel server = new ServerBootstrap()
                .group(group)
                .channel(EpollServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(framed(mostBytes, Answering::new))
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        channel = new Bootstrap()
                .group(group)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(framed(mostBytes, () -> new Answered(answered)))
                .connect(server.localAddress())
                .syncUninterruptibly()
                .channel();
    }

    private static ChannelInitializer<SocketChannel> framed(int mostBytes, Supplier<ChannelHandler> last) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel connected) {
                connected
                        .pipeline()
                        .addLast(new LengthFieldBasedFrameDecoder(mostBytes, 0, Integer.BYTES, 0, Integer.BYTES))
                        .addLast(last.get());
            }
        };
    }

    private static ByteBuf framed(ByteBuffer message) {
        return Unpooled.wrappedBuffer(
                ByteBuffer.allocate(Integer.BYTES).putInt(message.remaining()).flip(), message);
    }

    /** Takes its own copy of each message, as a node must that keeps it. */
    private static final class Answering extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
            byte[] own = new byte[message.readableBytes()];
            message.readBytes(own);
            var _ = context.writeAndFlush(
                    framed(ByteBuffer.allocate(Long.BYTES).putLong(own.length).flip()), context.voidPromise());
        }
    }

    private static final class Answered extends SimpleChannelInboundHandler<ByteBuf> {
        private final Runnable answered;

        private Answered(Runnable answered) {
            this.answered = answered;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf answer) {
            answered.run();
        }
    }

    @Override
    public void send(ByteBuffer message) {
        var _ = channel.writeAndFlush(framed(message), channel.voidPromise());
    }

    @Override
    public void close() {
        var _ = group.shutdownGracefully().syncUninterruptibly();
    }
}
