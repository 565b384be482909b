package io.weir.kafka.wire;

import io.weir.gateway.connection.Outgoing;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** A response, encoded when it is its turn. */
final class ResponseFrame implements Outgoing {
    private final RequestHeader request;
    private final short version;
    private final AbstractResponse response;
    private final Runnable whenWritten;

    ResponseFrame(RequestHeader request, short version, AbstractResponse response, Runnable whenWritten) {
        this.request = request;
        this.version = version;
        this.response = response;
        this.whenWritten = whenWritten;
    }

    @Override
    public List<ByteBuffer> encode() {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(request.correlationId());
        short headerVersion = request.apiKey().responseHeaderVersion(version);
        ApiMessage body = response.data();
        header.addSize(size, cache, headerVersion);
        body.addSize(size, cache, version);
        ResponseBuffers buffers = new ResponseBuffers(Integer.BYTES + size.sizeExcludingZeroCopy());
        buffers.writeInt(size.totalSize());
        header.write(buffers, cache, headerVersion);
        body.write(buffers, cache, version);
        return buffers.parts();
    }

    @Override
    public void written() {
        whenWritten.run();
    }
}
