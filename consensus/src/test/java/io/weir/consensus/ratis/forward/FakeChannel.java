package io.weir.consensus.ratis.forward;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.Channel;
import org.apache.ratis.thirdparty.io.grpc.ClientCall;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** A connection whose other end is the test, which says when what comes back is handed over. */
final class FakeChannel extends Channel {
    private final List<Call<?, ?>> calls = new ArrayList<>();

    /** Those that were begun, in order. */
    List<Call<?, ?>> calls() {
        return calls;
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
        Call<Q, A> call = new Call<>(method);
        calls.add(call);
        return call;
    }

    @Override
    public String authority() {
        return "test";
    }

    /** Throws where the library's does: a message that it has for us when it is cancelled may be handed over still. */
    static final class Call<Q, A> extends ClientCall<Q, A> {
        private final MethodDescriptor<Q, A> method;
        private final List<Q> sent = new ArrayList<>();
        private @Nullable Listener<A> listener;
        private boolean isCancelled;

        private Call(MethodDescriptor<Q, A> method) {
            this.method = method;
        }

        /** Messages. */
        int sent() {
            return sent.size();
        }

        boolean isCancelled() {
            return isCancelled;
        }

        void answer(FromLeader message) {
            answer(message.packet());
        }

        void answer(Packet packet) {
            ByteBuffer message = packet.bytes();
            byte[] bytes = new byte[message.remaining()];
            message.get(bytes);
            listener().onMessage(method.parseResponse(new ByteArrayInputStream(bytes)));
        }

        void close(Status status) {
            listener().onClose(status, new Metadata());
        }

        private Listener<A> listener() {
            if (listener == null) {
                throw new IllegalStateException("Not started");
            }
            return listener;
        }

        @Override
        public void start(Listener<A> to, Metadata headers) {
            listener = to;
        }

        @Override
        public void request(int messages) {
            // Everything comes at once
        }

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            isCancelled = true;
        }

        @Override
        public void halfClose() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void sendMessage(Q message) {
            if (isCancelled) {
                throw new IllegalStateException("call was cancelled");
            }
            sent.add(message);
        }
    }
}
