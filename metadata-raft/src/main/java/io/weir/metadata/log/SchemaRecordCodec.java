package io.weir.metadata.log;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaSettings;
import io.weir.contracts.schema.SchemaType;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectMode;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.metadata.record.SchemaRecord;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The binary form of records about schemas: see {@code docs/formats/metadata-record.md}. */
final class SchemaRecordCodec {
    /** The first of this codec's tags among those of records. */
    static final int FIRST_TAG = 40;

    static final int LAST_TAG = 45;

    private static final int REFERENCE_BYTES = 2 + 2 + 4;
    private static final int VERSION_BYTES = 4 + 4 + 1;

    private SchemaRecordCodec() {}

    static void encode(WireWriter out, SchemaRecord fact) {
        switch (fact) {
            case SchemaRecord.SchemaWritten r -> {
                out.u8(40).string(r.tenant().name()).i32(r.id().value());
                definition(out, r.definition());
            }
            case SchemaRecord.SchemaRemoved r ->
                out.u8(41).string(r.tenant().name()).i32(r.id().value());
            case SchemaRecord.SubjectWritten r ->
                subject(out.u8(42).string(r.tenant().name()), r.subject());
            case SchemaRecord.SubjectRemoved r ->
                out.u8(43).string(r.tenant().name()).string(r.name());
            case SchemaRecord.SettingsWritten r -> {
                out.u8(44).string(r.tenant().name());
                settings(out, r.settings().level(), r.settings().mode());
                out.i64(r.settings().revision());
            }
            case SchemaRecord.SchemaIdsReserved r ->
                out.u8(45).string(r.tenant().name()).i32(r.next());
        }
    }

    static SchemaRecord decode(int tag, WireReader in) throws MalformedException {
        TenantId tenant = new TenantId(in.string());
        return switch (tag) {
            case 40 -> new SchemaRecord.SchemaWritten(tenant, new SchemaId(in.i32()), definition(in));
            case 41 -> new SchemaRecord.SchemaRemoved(tenant, new SchemaId(in.i32()));
            case 42 -> new SchemaRecord.SubjectWritten(tenant, subject(in));
            case 43 -> new SchemaRecord.SubjectRemoved(tenant, in.string());
            case 44 -> new SchemaRecord.SettingsWritten(tenant, new SchemaSettings(level(in), mode(in), in.i64()));
            case 45 -> new SchemaRecord.SchemaIdsReserved(tenant, in.i32());
            default -> throw new MalformedException("Unknown record " + tag + " about schemas");
        };
    }

    static void definition(WireWriter out, SchemaDefinition definition) {
        byte[] text = definition.text().getBytes(StandardCharsets.UTF_8);
        out.u8(type(definition.type())).i32(text.length).raw(text, 0, text.length);
        out.u16(definition.references().size());
        for (SchemaReference reference : definition.references()) {
            out.string(reference.name()).string(reference.subject()).i32(reference.version());
        }
    }

    static SchemaDefinition definition(WireReader in) throws MalformedException {
        SchemaType type = type(in.u8());
        String text = StandardCharsets.UTF_8.decode(in.slice(in.i32())).toString();
        int count = in.count(in.u16(), REFERENCE_BYTES);
        List<SchemaReference> references = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            references.add(new SchemaReference(in.string(), in.string(), in.i32()));
        }
        return new SchemaDefinition(type, text, references);
    }

    private static void subject(WireWriter out, Subject subject) {
        out.string(subject.name()).i32(subject.versions().size());
        for (SubjectVersion version : subject.versions().values()) {
            out.i32(version.version()).i32(version.id().value()).u8(version.deleted() ? 1 : 0);
        }
        settings(out, subject.level(), subject.mode());
        out.i64(subject.revision());
    }

    private static Subject subject(WireReader in) throws MalformedException {
        String name = in.string();
        int count = in.count(in.i32(), VERSION_BYTES);
        SortedMap<Integer, SubjectVersion> versions = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            SubjectVersion version = new SubjectVersion(in.i32(), new SchemaId(in.i32()), in.flag());
            versions.put(version.version(), version);
        }
        return new Subject(name, versions, level(in), mode(in), in.i64());
    }

    private static void settings(WireWriter out, Optional<CompatibilityLevel> level, Optional<SubjectMode> mode) {
        out.u8(level.map(SchemaRecordCodec::level).orElse(0));
        out.u8(mode.map(SchemaRecordCodec::mode).orElse(0));
    }

    private static int type(SchemaType type) {
        return switch (type) {
            case AVRO -> 1;
            case JSON -> 2;
            case PROTOBUF -> 3;
        };
    }

    private static SchemaType type(int number) throws MalformedException {
        return switch (number) {
            case 1 -> SchemaType.AVRO;
            case 2 -> SchemaType.JSON;
            case 3 -> SchemaType.PROTOBUF;
            default -> throw new MalformedException("Unknown type of schema " + number);
        };
    }

    static int level(CompatibilityLevel level) {
        return switch (level) {
            case NONE -> 1;
            case BACKWARD -> 2;
            case BACKWARD_TRANSITIVE -> 3;
            case FORWARD -> 4;
            case FORWARD_TRANSITIVE -> 5;
            case FULL -> 6;
            case FULL_TRANSITIVE -> 7;
        };
    }

    static Optional<CompatibilityLevel> level(WireReader in) throws MalformedException {
        int number = in.u8();
        return switch (number) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(CompatibilityLevel.NONE);
            case 2 -> Optional.of(CompatibilityLevel.BACKWARD);
            case 3 -> Optional.of(CompatibilityLevel.BACKWARD_TRANSITIVE);
            case 4 -> Optional.of(CompatibilityLevel.FORWARD);
            case 5 -> Optional.of(CompatibilityLevel.FORWARD_TRANSITIVE);
            case 6 -> Optional.of(CompatibilityLevel.FULL);
            case 7 -> Optional.of(CompatibilityLevel.FULL_TRANSITIVE);
            default -> throw new MalformedException("Unknown compatibility level " + number);
        };
    }

    static int mode(SubjectMode mode) {
        return switch (mode) {
            case READWRITE -> 1;
            case READONLY -> 2;
            case READONLY_OVERRIDE -> 3;
            case IMPORT -> 4;
        };
    }

    static Optional<SubjectMode> mode(WireReader in) throws MalformedException {
        int number = in.u8();
        return switch (number) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(SubjectMode.READWRITE);
            case 2 -> Optional.of(SubjectMode.READONLY);
            case 3 -> Optional.of(SubjectMode.READONLY_OVERRIDE);
            case 4 -> Optional.of(SubjectMode.IMPORT);
            default -> throw new MalformedException("Unknown mode " + number);
        };
    }
}
