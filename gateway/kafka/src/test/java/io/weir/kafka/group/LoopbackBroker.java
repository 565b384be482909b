package io.weir.kafka.group;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.gateway.connection.CloseReason;
import io.weir.gateway.connection.Connection;
import io.weir.kafka.group.coordinator.ConsumerGroupsConfig;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaClient;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * Consumer groups behind a socket, with topics that are all empty: enough for real clients to form groups and commit
 * offsets.
 */
final class LoopbackBroker implements AutoCloseable {
    private static final Set<ApiKeys> OWN =
            Set.of(ApiKeys.API_VERSIONS, ApiKeys.METADATA, ApiKeys.LIST_OFFSETS, ApiKeys.FETCH);

    final ConsumerGroups groups;
    private final MetadataSource metadata;
    private final ServerSocket server;
    private final ClusterNode self;
    private final Map<ApiKeys, ApiHandler> handlers = new EnumMap<>(ApiKeys.class);
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    LoopbackBroker(ConsumerGroupsConfig config, CellStore cells, MemoryMetadata metadata) {
        this.metadata = metadata;
        try {
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        this.self = new ClusterNode(new NodeId(1), "127.0.0.1", server.getLocalPort());
        metadata.registerNode(self).join();
        this.groups = new ConsumerGroups(
                config,
                self.id(),
                () -> self,
                cells,
                metadata,
                location -> OptionalLong.of(0),
                new SimpleMeterRegistry());
        groups.handlers().forEach(handler -> handler.keys().forEach(key -> handlers.put(key, handler)));
        groups.start();
        Thread.ofVirtual().start(this::accept);
    }

    String bootstrap() {
        return self.kafkaHost() + ":" + self.kafkaPort();
    }

    private void accept() {
        try {
            while (!server.isClosed()) {
                Socket socket = server.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException closed) {
            close();
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            KafkaClient client = new KafkaClient(new SocketConnection(socket), TenantId.DEFAULT);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            while (true) {
                ByteBuffer frame = ByteBuffer.wrap(in.readNBytes(in.readInt()));
                RequestHeader header = RequestHeader.parse(frame);
                AbstractRequest body = AbstractRequest.parseRequest(
                                header.apiKey(), header.apiVersion(), new ByteBufferAccessor(frame))
                        .request;
                KafkaRequest request = new KafkaRequest(header, body, client);
                ByteBuffer answer = request.context().buildResponseEnvelopePayload(answer(request));
                out.writeInt(answer.remaining());
                out.write(answer.array(), answer.arrayOffset() + answer.position(), answer.remaining());
                out.flush();
            }
        } catch (IOException disconnected) {
            sockets.remove(socket);
        }
    }

    private AbstractResponse answer(KafkaRequest request) {
        return switch (request.header().apiKey()) {
            case API_VERSIONS -> apiVersions();
            case METADATA -> topics(request.body(MetadataRequest.class).data());
            case LIST_OFFSETS -> ends(request.body(ListOffsetsRequest.class));
            case FETCH -> nothing(request.body(FetchRequest.class).data());
            default ->
                Objects.requireNonNull(handlers.get(request.header().apiKey()))
                        .handle(request)
                        .join();
        };
    }

    private AbstractResponse apiVersions() {
        ApiVersionsResponseData.ApiVersionCollection versions = new ApiVersionsResponseData.ApiVersionCollection();
        Set<ApiKeys> keys = new HashSet<>(handlers.keySet());
        keys.addAll(OWN);
        for (ApiKeys key : keys) {
            versions.add(new ApiVersionsResponseData.ApiVersion()
                    .setApiKey(key.id)
                    .setMinVersion(key.oldestVersion())
                    .setMaxVersion(key.latestVersion(false)));
        }
        return new ApiVersionsResponse(new ApiVersionsResponseData().setApiKeys(versions));
    }

    private AbstractResponse topics(MetadataRequestData request) {
        MetadataResponseData data = new MetadataResponseData()
                .setClusterId(metadata.image().clusterId())
                .setControllerId(self.id().value());
        data.brokers()
                .add(new MetadataResponseData.MetadataResponseBroker()
                        .setNodeId(self.id().value())
                        .setHost(self.kafkaHost())
                        .setPort(self.kafkaPort()));
        for (Topic topic : metadata.image().topics(TenantId.DEFAULT)) {
            if (request.topics() == null
                    || request.topics().stream()
                            .anyMatch(asked -> topic.name().equals(asked.name())
                                    || GroupClient.id(topic).equals(asked.topicId()))) {
                data.topics().add(topic(topic));
            }
        }
        if (request.topics() != null) {
            request.topics().stream()
                    .filter(asked -> asked.name() != null && data.topics().find(asked.name()) == null)
                    .forEach(asked -> data.topics()
                            .add(new MetadataResponseData.MetadataResponseTopic()
                                    .setName(asked.name())
                                    .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code())));
        }
        return new MetadataResponse(data, ApiKeys.METADATA.latestVersion());
    }

    private MetadataResponseData.MetadataResponseTopic topic(Topic topic) {
        List<MetadataResponseData.MetadataResponsePartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < topic.partitions(); partition++) {
            partitions.add(new MetadataResponseData.MetadataResponsePartition()
                    .setPartitionIndex(partition)
                    .setLeaderId(self.id().value())
                    .setReplicaNodes(List.of(self.id().value()))
                    .setIsrNodes(List.of(self.id().value())));
        }
        return new MetadataResponseData.MetadataResponseTopic()
                .setName(topic.name())
                .setTopicId(GroupClient.id(topic))
                .setPartitions(partitions);
    }

    private static AbstractResponse ends(ListOffsetsRequest request) {
        ListOffsetsResponseData data = new ListOffsetsResponseData();
        request.data()
                .topics()
                .forEach(topic -> data.topics()
                        .add(new ListOffsetsResponseData.ListOffsetsTopicResponse()
                                .setName(topic.name())
                                .setPartitions(topic.partitions().stream()
                                        .map(partition -> new ListOffsetsResponseData.ListOffsetsPartitionResponse()
                                                .setPartitionIndex(partition.partitionIndex())
                                                .setOffset(0))
                                        .toList())));
        return new ListOffsetsResponse(data);
    }

    private static AbstractResponse nothing(FetchRequestData request) {
        LockSupport.parkNanos(
                Duration.ofMillis(Math.min(50, request.maxWaitMs())).toNanos());
        FetchResponseData data = new FetchResponseData();
        for (FetchRequestData.FetchTopic topic : request.topics()) {
            data.responses()
                    .add(new FetchResponseData.FetchableTopicResponse()
                            .setTopicId(topic.topicId() == null ? Uuid.ZERO_UUID : topic.topicId())
                            .setTopic(topic.topic())
                            .setPartitions(topic.partitions().stream()
                                    .map(partition -> new FetchResponseData.PartitionData()
                                            .setPartitionIndex(partition.partition())
                                            .setHighWatermark(0)
                                            .setRecords(MemoryRecords.EMPTY))
                                    .toList()));
        }
        return FetchResponse.of(data);
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        } finally {
            groups.close();
        }
    }

    private record SocketConnection(Socket socket) implements Connection {
        @Override
        public String id() {
            return Integer.toString(socket.getPort());
        }

        @Override
        public InetSocketAddress remote() {
            return (InetSocketAddress) socket.getRemoteSocketAddress();
        }

        @Override
        public Executor loop() {
            return Runnable::run;
        }

        @Override
        public Timer schedule(Duration delay, Runnable work) {
            throw new UnsupportedOperationException("Groups need no timers of connections");
        }

        @Override
        public void close(CloseReason reason) {}
    }
}
