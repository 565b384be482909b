package io.weir.registry.protobuf;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.squareup.wire.schema.internal.parser.ProtoFileElement;
import com.squareup.wire.schema.internal.parser.TypeElement;
import io.apicurio.registry.utils.protobuf.schema.FileDescriptorUtils;
import io.apicurio.registry.utils.protobuf.schema.ProtobufFile;
import io.weir.contracts.schema.SchemaType;
import io.weir.registry.language.Nesting;
import io.weir.registry.language.Parsing;
import io.weir.registry.language.SchemaLanguage;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** Protobuf: a {@code .proto} file, or its descriptor in base 64 as Python's client sends it. */
public final class ProtobufLanguage implements SchemaLanguage {
    /** Most messages and enumerations of a file. */
    public static final int MAX_TYPES = 2_000;

    private static final Pattern BASE_64 = Pattern.compile("[A-Za-z0-9+/]+={0,2}");

    /** What Wire writes above a file. */
    private static final Pattern WIRES_HEADER = Pattern.compile("\\A(//[^\n]*\n)+\n*");

    @Override
    public SchemaType type() {
        return SchemaType.PROTOBUF;
    }

    @Override
    public Parsing parse(String text, List<Dependency> dependencies) {
        try {
            String source = BASE_64.matcher(text).matches() ? source(text) : text;
            int nesting = Nesting.ofSource(source);
            if (nesting > MAX_NESTING) {
                return new Parsing.Invalid("Nested " + nesting + " deep, more than " + MAX_NESTING);
            }
            ProtoFileElement element = ProtobufFile.toProtoFileElement(source);
            int types = types(element.getTypes());
            if (types > MAX_TYPES) {
                return new Parsing.Invalid("It has " + types + " types, more than " + MAX_TYPES);
            }
            String canonical = canonical(element);
            return new Parsing.Parsed(
                    new ProtobufSchema(element, canonical, LinkedFile.descriptor(canonical, dependencies)));
        } catch (RuntimeException | IOException refused) {
            // Beyond its own exceptions the parser has any that an unexpected descriptor leads to.
            return Parsing.Invalid.because(refused);
        } catch (StackOverflowError chained) {
            return Parsing.Invalid.tooDeep();
        }
    }

    private static int types(List<? extends TypeElement> types) {
        int count = types.size();
        for (TypeElement type : types) {
            count += types(type.getNestedTypes());
        }
        return count;
    }

    private static String source(String descriptor) throws InvalidProtocolBufferException {
        FileDescriptorProto file =
                FileDescriptorProto.parseFrom(Base64.getDecoder().decode(descriptor));
        return canonical(MapFields.restored(FileDescriptorUtils.fileDescriptorToProtoFile(file)));
    }

    private static String canonical(ProtoFileElement element) {
        return WIRES_HEADER.matcher(element.toSchema()).replaceFirst("");
    }
}
