package io.weir.metadata;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.table.TableCommands;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.metadata.MemoryMetadata;

/** One implementation of the ports of metadata, for the tests of what each promises. */
record Ports(
        MetadataSource source, MetadataCommands topics, TableCommands tables, SchemaCommands schemas, Runnable stop) {

    static Ports ofTheGroup() {
        SimulatedConsensus consensus = SimulatedConsensus.automatic();
        MetadataService service =
                new MetadataService(MetadataConfig.of(new NodeId(0), 1), consensus, new SimpleMeterRegistry());
        service.ready().join();
        return new Ports(service, service, service.tables(), service.schemas(), () -> {
            service.close();
            consensus.close();
        });
    }

    static Ports ofTheFake() {
        MemoryMetadata metadata = new MemoryMetadata();
        return new Ports(metadata, metadata, metadata.tables(), metadata.schemas(), () -> {});
    }
}
