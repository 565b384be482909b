package io.weir.kafka.topics;

import io.weir.contracts.append.ShardLeaders;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeClusterResponse;

/** DescribeCluster: the gateways, as brokers. There are no controllers a client could talk to. */
public final class DescribeClusterHandler implements ApiHandler {
    private static final byte BROKERS = 1;

    private final MetadataSource metadata;
    private final Supplier<ClusterNode> self;
    private final ShardLeaders shards;

    public DescribeClusterHandler(MetadataSource metadata, Supplier<ClusterNode> self, ShardLeaders shards) {
        this.metadata = metadata;
        this.self = self;
        this.shards = shards;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.DESCRIBE_CLUSTER);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        DescribeClusterRequestData body =
                request.body(DescribeClusterRequest.class).data();
        MetadataImage image = metadata.image();
        DescribeClusterResponseData answer = new DescribeClusterResponseData().setClusterId(image.clusterId());
        if (request.version() >= 1) {
            answer.setEndpointType(body.endpointType());
        }
        if (request.version() >= 1 && body.endpointType() != BROKERS) {
            answer.setErrorCode(Errors.MISMATCHED_ENDPOINT_TYPE.code())
                    .setErrorMessage("Only brokers may be asked for here");
        } else {
            Gateways gateways = Gateways.of(image, self.get(), shards);
            answer.setControllerId(gateways.controller().value());
            for (ClusterNode node : gateways.brokers()) {
                answer.brokers()
                        .add(new DescribeClusterBroker()
                                .setBrokerId(node.id().value())
                                .setHost(node.kafkaHost())
                                .setPort(node.kafkaPort())
                                .setRack(node.zone().orElse(null)));
            }
        }
        return CompletableFuture.completedFuture(new DescribeClusterResponse(answer));
    }
}
