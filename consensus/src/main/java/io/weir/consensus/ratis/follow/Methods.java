package io.weir.consensus.ratis.follow;

import io.weir.consensus.ratis.forward.Packet;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;

/** The service and its two methods. */
final class Methods {
    static final String SERVICE = "weir.consensus.Replica";

    /** One {@link ToReplica.Subscription}; answered for as long as the stream lives. */
    static final MethodDescriptor<Packet, Packet> FOLLOW = method("Follow");

    /** One {@link ToReplica.Question}; answered by entries. */
    static final MethodDescriptor<Packet, Packet> READ = method("Read");

    private Methods() {}

    private static MethodDescriptor<Packet, Packet> method(String name) {
        return MethodDescriptor.newBuilder(Packet.MARSHALLER, Packet.MARSHALLER)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                .build();
    }
}
