package io.weir.consensus.ratis.forward;

import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;

/** The service and its methods. */
final class Methods {
    static final String SERVICE = "weir.consensus.Leader";

    /** An {@link ToLeader.Opening}, then entries; answered by one {@code Opened}, and one {@code Ended} at the end. */
    static final MethodDescriptor<Packet, Packet> SUBMIT = method("Submit", MethodDescriptor.MethodType.BIDI_STREAMING);

    /** One {@link ToLeader.Question}; answered by a {@code Confirmed} or an {@code Ended}. */
    static final MethodDescriptor<Packet, Packet> CONFIRM = method("Confirm", MethodDescriptor.MethodType.UNARY);

    /** One {@link ToLeader.Admission}; answered by an {@code Admitted}, an {@code Elsewhere} or an {@code Ended}. */
    static final MethodDescriptor<Packet, Packet> ADMIT = method("Admit", MethodDescriptor.MethodType.UNARY);

    private Methods() {}

    private static MethodDescriptor<Packet, Packet> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.newBuilder(Packet.MARSHALLER, Packet.MARSHALLER)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                .setType(type)
                .build();
    }
}
