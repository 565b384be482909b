package io.weir.benchmarks.transport;

import io.weir.consensus.ratis.forward.Packet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ClientCall;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.Server;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;

/** One stream of a gRPC connection, with the messages that nodes send each other. */
final class GrpcConnection implements Connection {
    private static final MethodDescriptor<Packet, Packet> METHOD = MethodDescriptor.newBuilder(
                    Packet.MARSHALLER, Packet.MARSHALLER)
            .setFullMethodName(MethodDescriptor.generateFullMethodName("weir.benchmarks.Transport", "Send"))
            .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
            .build();

    private final Server server;
    private final ManagedChannel channel;
    private final ClientCall<Packet, Packet> call;

    GrpcConnection(int mostBytes, Runnable answered) {
        try {
            server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .maxInboundMessageSize(mostBytes)
                    .addService(ServerServiceDefinition.builder("weir.benchmarks.Transport")
                            .addMethod(METHOD, (asked, headers) -> new Answering(asked))
                            .build())
                    .build()
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .disableRetry()
                .build();
        call = channel.newCall(METHOD, CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(Packet answer) {
                        answered.run();
                        call.request(1);
                    }
                },
                new Metadata());
        call.request(1);
    }

    private static final class Answering extends ServerCall.Listener<Packet> {
        private final ServerCall<Packet, Packet> call;

        private Answering(ServerCall<Packet, Packet> call) {
            this.call = call;
            call.sendHeaders(new Metadata());
            call.request(1);
        }

        @Override
        public void onMessage(Packet message) {
            long length = message.bytes().remaining();
            call.sendMessage(
                    Packet.of(ByteBuffer.allocate(Long.BYTES).putLong(length).flip()));
            call.request(1);
        }

        @Override
        public void onHalfClose() {
            call.close(Status.OK, new Metadata());
        }
    }

    @Override
    public void send(ByteBuffer message) {
        call.sendMessage(Packet.of(message));
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }
}
