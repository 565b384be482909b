package io.weir.kafka.topics;

import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKeyCollection;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKeyCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;

/** ApiVersions: what has a handler, at the stable versions of the codec, and nothing else. */
public final class ApiVersionsHandler implements ApiHandler {
    private static final String GROUP_VERSION = "group.version";
    private static final short GROUP_VERSION_LEVEL = 1;
    private static final short FEATURES_WITH_MINIMUM_0 = 4;

    private final Set<ApiKeys> advertised;

    /** A handler for what the others serve, and for itself. */
    public ApiVersionsHandler(Set<ApiKeys> served) {
        advertised = EnumSet.of(ApiKeys.API_VERSIONS);
        advertised.addAll(served);
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.API_VERSIONS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        ApiVersionsRequest body = request.body(ApiVersionsRequest.class);
        ApiVersionsResponseData answer = new ApiVersionsResponseData();
        if (body.hasUnsupportedRequestVersion()) {
            answer.setErrorCode(Errors.UNSUPPORTED_VERSION.code());
        } else if (!body.isValid()) {
            answer.setErrorCode(Errors.INVALID_REQUEST.code());
            return CompletableFuture.completedFuture(new ApiVersionsResponse(answer));
        }
        answer.setApiKeys(ApiVersionsResponse.collectApis(ListenerType.BROKER, advertised, false));
        if (advertised.contains(ApiKeys.CONSUMER_GROUP_HEARTBEAT)) {
            addGroupVersion(answer, request.version());
        }
        return CompletableFuture.completedFuture(new ApiVersionsResponse(answer));
    }

    private static void addGroupVersion(ApiVersionsResponseData answer, short version) {
        SupportedFeatureKeyCollection supported = new SupportedFeatureKeyCollection();
        if (version >= FEATURES_WITH_MINIMUM_0) {
            supported.add(new SupportedFeatureKey()
                    .setName(GROUP_VERSION)
                    .setMinVersion((short) 0)
                    .setMaxVersion(GROUP_VERSION_LEVEL));
        }
        FinalizedFeatureKeyCollection finalized = new FinalizedFeatureKeyCollection();
        finalized.add(new FinalizedFeatureKey()
                .setName(GROUP_VERSION)
                .setMinVersionLevel(GROUP_VERSION_LEVEL)
                .setMaxVersionLevel(GROUP_VERSION_LEVEL));
        answer.setSupportedFeatures(supported).setFinalizedFeatures(finalized).setFinalizedFeaturesEpoch(0);
    }
}
