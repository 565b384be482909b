package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The strings in a message: a length of two bytes, and so many bytes of UTF-8. */
public final class Fields {
    /** Of one string; longer ones are cut when they are written, and refused when they are read. */
    public static final int MOST_BYTES = 1024;

    private Fields() {}

    public static byte[] encoded(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= MOST_BYTES ? bytes : java.util.Arrays.copyOf(bytes, MOST_BYTES);
    }

    public static void put(ByteBuffer target, byte[] encoded) {
        target.putShort((short) encoded.length).put(encoded);
    }

    public static String text(ByteBuffer source) {
        int length = source.getShort();
        if (length < 0 || length > MOST_BYTES) {
            throw new IllegalArgumentException("A string of " + length + " bytes");
        }
        if (length > source.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        source.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A kind of message, so many strings, and a peer. */
    static ByteBuffer message(byte kind, Peer peer, String... texts) {
        byte[] id = encoded(peer.id().toString());
        byte[] host = encoded(peer.host());
        byte[][] others = new byte[texts.length][];
        int length = 1 + 2 * Short.BYTES + id.length + host.length + Integer.BYTES;
        for (int i = 0; i < texts.length; i++) {
            others[i] = encoded(texts[i]);
            length += Short.BYTES + others[i].length;
        }
        ByteBuffer bytes = ByteBuffer.allocate(length).put(kind);
        for (byte[] other : others) {
            put(bytes, other);
        }
        put(bytes, id);
        put(bytes, host);
        return bytes.putInt(peer.port()).flip();
    }

    static Peer peer(ByteBuffer source) {
        return new Peer(PeerId.parse(text(source)), text(source), source.getInt());
    }

    public static void end(ByteBuffer source) {
        if (source.hasRemaining()) {
            throw new IllegalArgumentException(source.remaining() + " bytes too many");
        }
    }
}
