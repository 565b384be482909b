package io.weir.registry.protobuf;

import com.squareup.wire.schema.internal.parser.ProtoFileElement;
import io.apicurio.registry.protobuf.ProtobufDifference;
import io.apicurio.registry.rules.compatibility.protobuf.ProtobufCompatibilityCheckerLibrary;
import io.apicurio.registry.utils.protobuf.schema.ProtobufFile;
import io.weir.registry.language.ParsedSchema;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A Protobuf file. What it imports does not count in comparisons: it is compared under its own subject.
 *
 * <p>The rules are asked one by one, since together they allow nothing but new fields, and those only backward: a
 * number must stay reserved once it was used, whoever reads, while what a reader does not know it skips.
 *
 * @param descriptor in base 64
 */
record ProtobufSchema(ProtoFileElement file, String canonical, String descriptor) implements ParsedSchema {
    @Override
    public List<String> obstacles(ParsedSchema writer) {
        ProtobufCompatibilityCheckerLibrary rules = rules(writer);
        return Stream.of(
                        rules.checkNoChangingFieldIDs(),
                        rules.checkNoChangingFieldTypes(),
                        // One that is gone counts as renamed to nothing, which is the reservations' concern.
                        rules.checkNoChangingFieldNames().stream()
                                .filter(found -> !found.getMessage().endsWith(" after null"))
                                .toList(),
                        rules.checkRequiredFields())
                .flatMap(List::stream)
                .map(ProtobufDifference::getMessage)
                .limit(MAX_OBSTACLES)
                .toList();
    }

    @Override
    public List<String> breaches(ParsedSchema older) {
        ProtobufCompatibilityCheckerLibrary rules = rules(older);
        return Stream.of(
                        rules.checkNoUsingReservedFields(),
                        rules.checkNoRemovingReservedFields(),
                        rules.checkNoRemovingFieldsWithoutReserve(),
                        rules.checkNoRemovingServiceRPCs(),
                        rules.checkNoChangingRPCSignature())
                .flatMap(List::stream)
                .map(ProtobufDifference::getMessage)
                .limit(MAX_OBSTACLES)
                .toList();
    }

    private ProtobufCompatibilityCheckerLibrary rules(ParsedSchema before) {
        if (!(before instanceof ProtobufSchema other)) {
            throw new IllegalArgumentException("Not a Protobuf schema: " + before.getClass());
        }
        return new ProtobufCompatibilityCheckerLibrary(new ProtobufFile(other.file), new ProtobufFile(file));
    }

    @Override
    public Optional<String> serialized() {
        return Optional.of(descriptor);
    }
}
