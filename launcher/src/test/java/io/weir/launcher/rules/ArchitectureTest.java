package io.weir.launcher.rules;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.SegmentWriter;
import org.junit.jupiter.api.Test;

/** The rules of docs/ARCHITECTURE.md that no compiler knows. */
class ArchitectureTest {
    /** State machines: the same log must give the same state, on every machine and on every day. */
    private static final String[] DETERMINISTIC = {
        "io.weir.metadata.command..",
        "io.weir.metadata.record..",
        "io.weir.metadata.image..",
        "io.weir.metadata.log..",
        "io.weir.wal.entry..",
        "io.weir.wal.state..",
    };

    private static final JavaClasses WEIR = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("/testsupport/"))
            .importPackages("io.weir");

    @Test
    void packagesFormNoCycles() {
        slices().matching("io.weir.(**)")
                .should()
                .beFreeOfCycles()
                // The ports of segments and of reads name each other's values: what is written is what is read back.
                .ignoreDependency(SegmentWriter.StreamRun.class, StoredBatches.Raw.class)
                // A configuration lies beside the façade that is made with it, and is read by the façade's parts.
                .ignoreDependency(alwaysTrue(), simpleNameEndingWith("Config"))
                .check(WEIR);
    }

    @Test
    void contractsKnowNothingElse() {
        noClasses()
                .that()
                .resideInAPackage("io.weir.contracts..")
                .should()
                .dependOnClassesThat(not(resideInAnyPackage("io.weir.contracts..", "java..", "org.jspecify..")))
                .check(WEIR);
    }

    @Test
    void protocolsDoNotKnowEachOther() {
        noClasses()
                .that()
                .resideInAPackage("io.weir.kafka..")
                .should()
                .dependOnClassesThat(resideInAPackage("io.weir.admin.."))
                .check(WEIR);
        noClasses()
                .that()
                .resideInAPackage("io.weir.admin..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.weir.kafka..", "io.weir.gateway.."))
                .check(WEIR);
        noClasses()
                .that()
                .resideInAPackage("io.weir.registry..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.weir.kafka..", "io.weir.gateway..", "io.weir.admin..", "io.weir.s3.."))
                .check(WEIR);
        noClasses()
                .that()
                .resideInAPackage("io.weir.s3..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.weir.kafka..", "io.weir.gateway..", "io.weir.admin.."))
                .check(WEIR);
    }

    @Test
    void thirdPartiesStayInTheirCorner() {
        confined("io.netty..", "io.weir.gateway..", "io.weir.kafka..");
        confined("org.apache.ratis..", "..ratis..");
        confined("io.micronaut..", "io.weir.admin..");
        confined("software.amazon..", "..s3..");
        confined("org.gaul.s3proxy..", "io.weir.s3..");
        confined("org.apache.kafka..", "io.weir.kafka..", "io.weir.launcher.cli..");
        confined("picocli..", "io.weir.launcher.cli..");
        confined("ch.qos.logback..", "io.weir.launcher.logging..");
        confined("org.snakeyaml..", "io.weir.launcher.config..");
        confined("org.apache.iceberg..", "io.weir.lakehouse..");
        confined("org.apache.parquet..", "io.weir.lakehouse..");
        confined("org.apache.avro..", "io.weir.lakehouse..", "io.weir.registry.avro..");
        confined("org.everit..", "io.weir.registry.json..");
        confined("org.json..", "io.weir.registry.json..");
        confined("com.squareup..", "io.weir.registry.protobuf..");
        confined("okio..", "io.weir.registry.protobuf..");
        confined("com.google.protobuf..", "io.weir.registry.protobuf..");
        confined("io.apicurio..", "io.weir.registry.json..", "io.weir.registry.protobuf..");
        confined("org.apache.hadoop..");
    }

    @Test
    void kafkasCoordinatorStaysInOnePackage() {
        confined("org.apache.kafka.coordinator..", "io.weir.kafka.group..");
        confined("org.apache.kafka.image..", "io.weir.kafka.group.coordinator..");
        confined("org.apache.kafka.timeline..", "io.weir.kafka.group.coordinator..");
    }

    @Test
    void stateMachinesAskNobodyForTheTimeOrForChance() {
        noClasses()
                .that()
                .resideInAnyPackage(DETERMINISTIC)
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.Clock")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.InstantSource")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.security.SecureRandom")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
                .orShould()
                .callMethod(java.util.UUID.class, "randomUUID")
                .orShould()
                .dependOnClassesThat(resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.net.."))
                .check(WEIR);
    }

    private static void confined(String thirdParty, String... corners) {
        noClasses()
                .that()
                .resideOutsideOfPackages(corners)
                .should()
                .dependOnClassesThat(resideInAPackage(thirdParty))
                .check(WEIR);
    }
}
