package io.weir.kafka;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.append.ShardLeaders;
import io.weir.contracts.append.StreamAppender;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.read.StreamControl;
import io.weir.gateway.listener.Listener;
import io.weir.gateway.read.TieredReader;
import io.weir.kafka.config.ConfigApis;
import io.weir.kafka.fetch.FetchHandler;
import io.weir.kafka.group.ConsumerGroups;
import io.weir.kafka.group.lag.StreamEnds;
import io.weir.kafka.offsets.DeleteRecordsHandler;
import io.weir.kafka.offsets.LeaderEpochHandler;
import io.weir.kafka.offsets.ListOffsetsHandler;
import io.weir.kafka.produce.BatchChecker;
import io.weir.kafka.produce.InitProducerIdHandler;
import io.weir.kafka.produce.ProduceHandler;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.ApiRegistry;
import io.weir.kafka.protocol.GroupApis;
import io.weir.kafka.topics.ApiVersionsHandler;
import io.weir.kafka.topics.Gateways;
import io.weir.kafka.topics.TopicApis;
import io.weir.kafka.wire.KafkaProtocol;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves Kafka clients on Weir's ports.
 *
 * <p>Threading: any thread. Ownership: it closes what it makes, not what it is given.
 */
public final class KafkaGateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaGateway.class);
    private static final Duration ANNOUNCE_AGAIN = Duration.ofSeconds(1);
    /** Several of the largest requests for offsets: beyond it clients are told to try again. */
    private static final int MAX_WAITING_CHECKS = 65_536;

    private static final Duration LEAVING_AT_MOST = Duration.ofSeconds(2);

    private final KafkaGatewayConfig config;
    private final MetadataCommands commands;
    private final AtomicBoolean announced = new AtomicBoolean();
    private volatile boolean closed;
    private final Listener listener;
    private final GroupApis groups;
    private final ExecutorService checkers;

    /**
     * A gateway that does not listen yet.
     *
     * @param shards which gateway clients are sent to for a partition, where it is one
     */
    public KafkaGateway(
            KafkaGatewayConfig config,
            StreamAppender appender,
            ShardLeaders shards,
            TieredReader reader,
            StreamControl control,
            MetadataSource metadata,
            MetadataCommands commands,
            CellStore cells,
            MeterRegistry meters) {
        this.config = config;
        this.commands = commands;
        this.groups = new ConsumerGroups(
                config.groups(), config.node(), this::advertised, cells, metadata, endsOf(reader), meters);
        KafkaGatewayConfig.Limits limits = config.limits();
        this.checkers = checkers(limits.checkingThreads(), MAX_WAITING_CHECKS);
        List<ApiHandler> handlers = new ArrayList<>(groups.handlers());
        handlers.add(new ProduceHandler(
                appender,
                metadata,
                config.maxImageAge(),
                new BatchChecker(limits.maxDecompressedBytes(), Clock.systemUTC()),
                checkers));
        handlers.add(new InitProducerIdHandler(commands));
        handlers.add(new FetchHandler(
                reader,
                metadata,
                () -> Gateways.of(metadata.image(), advertised(), shards),
                fetchLimits(limits),
                meters));
        handlers.add(new ListOffsetsHandler(reader, metadata, checkers, limits.maxItems()));
        handlers.add(new LeaderEpochHandler(reader, metadata));
        handlers.add(new DeleteRecordsHandler(reader, control, metadata));
        handlers.addAll(TopicApis.handlers(metadata, commands, this::advertised, shards, limits.maxItems()));
        handlers.addAll(ConfigApis.handlers(metadata, commands, groups, this::advertised));
        handlers.add(new ApiVersionsHandler(new ApiRegistry(handlers).keys()));
        KafkaProtocol protocol = new KafkaProtocol(
                new ApiRegistry(handlers), metadata, config.maxImageAge(), limits.maxControlRequestBytes(), meters);
        this.listener = new Listener("kafka", config.listener(), protocol, meters);
    }

    /** Threads for what takes an event loop too long; what comes while as much as may be waits is rejected. */
    static ExecutorService checkers(int threads, int maxWaiting) {
        return new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(maxWaiting),
                Thread.ofPlatform().daemon().name("weir-kafka-check-", 0).factory());
    }

    private static StreamEnds endsOf(TieredReader reader) {
        return location -> reader.bounds(location)
                .map(bounds -> OptionalLong.of(bounds.end()))
                .orElse(OptionalLong.empty());
    }

    private static FetchHandler.FetchLimits fetchLimits(KafkaGatewayConfig.Limits limits) {
        return new FetchHandler.FetchLimits(
                limits.maxFetchBytes(),
                limits.fetchBudgetBytes(),
                limits.maxFetchWait(),
                limits.maxFetchSessions(),
                limits.maxFetchSessionPartitions());
    }

    /**
     * Binds the address; clients are served from then on.
     *
     * @throws java.io.UncheckedIOException when the address cannot be bound
     */
    public void start() {
        listener.start();
        groups.start();
        announced.set(true);
        announce();
    }

    /** Tells the metadata group of this gateway, again and again until it has heard. */
    private void announce() {
        if (closed) {
            return;
        }
        var _ = commands.registerNode(advertised()).whenComplete((result, failure) -> {
            if (closed) {
                return;
            }
            if (!(result instanceof MetadataResult.Accepted)) {
                LOG.atWarn().setCause(failure).log("Could not announce this gateway; trying again");
                CompletableFuture.delayedExecutor(ANNOUNCE_AGAIN.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(this::announce);
            }
        });
    }

    public InetSocketAddress boundAddress() {
        return listener.boundAddress();
    }

    /** Where clients are told to find this gateway. */
    public ClusterNode advertised() {
        String host = config.advertisedHost();
        return new ClusterNode(
                config.node(),
                host == null ? config.listener().host() : host,
                config.advertisedPort() == 0 ? boundAddress().getPort() : config.advertisedPort(),
                config.zone());
    }

    /**
     * Coordinates no group any more, signs off, so that others take over its cells at once and send no client here,
     * takes no more requests, and answers what is owed, for as long as all that may take.
     */
    public void drain(Duration atMost) {
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        closed = true;
        groups.drain();
        leave();
        listener.drain(Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime())));
    }

    @Override
    public void close() {
        closed = true;
        listener.close();
        groups.close();
        checkers.shutdownNow();
        leave();
    }

    /** Takes this gateway out, so that no client is sent to it; its lease would run out by itself otherwise. */
    private void leave() {
        if (!announced.getAndSet(false)) {
            return;
        }
        try {
            commands.unregisterNode(config.node()).get(LEAVING_AT_MOST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | RuntimeException unreachable) {
            LOG.atInfo().setCause(unreachable).log("Could not sign this gateway off; its lease will run out");
        }
    }
}
