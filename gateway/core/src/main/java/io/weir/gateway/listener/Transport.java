package io.weir.gateway.listener;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/** Event loops, on epoll where there is one. */
record Transport(EventLoopGroup loops, Class<? extends ServerChannel> serverChannel) {
    static Transport start(String name, int eventLoops) {
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        return new Transport(
                new MultiThreadIoEventLoopGroup(eventLoops, new DefaultThreadFactory(name, true), handlers),
                epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class);
    }
}
