package io.weir.metadata.log;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.SchemaId;
import io.weir.metadata.command.SchemaCommand;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The binary form of commands about schemas: see {@code docs/formats/metadata-record.md}. */
final class SchemaCommandCodec {
    /** The first of this codec's tags among those of commands. */
    static final int FIRST_TAG = 40;

    static final int LAST_TAG = 45;

    private SchemaCommandCodec() {}

    static void encode(WireWriter out, SchemaCommand command) {
        switch (command) {
            case SchemaCommand.Register c -> {
                out.u8(40).string(c.tenant().name()).string(c.subject());
                SchemaRecordCodec.definition(out, c.definition());
                out.i64(c.expectedRevision());
            }
            case SchemaCommand.Import c -> {
                out.u8(41).string(c.tenant().name()).string(c.subject());
                SchemaRecordCodec.definition(out, c.definition());
                out.i32(c.id().value()).i32(c.version());
            }
            case SchemaCommand.DeleteVersion c ->
                out.u8(42)
                        .string(c.tenant().name())
                        .string(c.subject())
                        .i32(c.version())
                        .u8(c.permanently() ? 1 : 0);
            case SchemaCommand.DeleteSubject c ->
                out.u8(43).string(c.tenant().name()).string(c.subject()).u8(c.permanently() ? 1 : 0);
            case SchemaCommand.SetLevel c -> {
                scope(out.u8(44).string(c.tenant().name()), c.subject());
                out.u8(Optional.ofNullable(c.level())
                        .map(SchemaRecordCodec::level)
                        .orElse(0));
            }
            case SchemaCommand.SetMode c -> {
                scope(out.u8(45).string(c.tenant().name()), c.subject());
                out.u8(Optional.ofNullable(c.mode())
                                .map(SchemaRecordCodec::mode)
                                .orElse(0))
                        .u8(c.force() ? 1 : 0);
            }
        }
    }

    static SchemaCommand decode(int tag, WireReader in) throws MalformedException {
        TenantId tenant = new TenantId(in.string());
        return switch (tag) {
            case 40 -> new SchemaCommand.Register(tenant, in.string(), SchemaRecordCodec.definition(in), in.i64());
            case 41 ->
                new SchemaCommand.Import(
                        tenant, in.string(), SchemaRecordCodec.definition(in), new SchemaId(in.i32()), in.i32());
            case 42 -> new SchemaCommand.DeleteVersion(tenant, in.string(), in.i32(), in.flag());
            case 43 -> new SchemaCommand.DeleteSubject(tenant, in.string(), in.flag());
            case 44 ->
                new SchemaCommand.SetLevel(
                        tenant, scope(in), SchemaRecordCodec.level(in).orElse(null));
            case 45 ->
                new SchemaCommand.SetMode(
                        tenant, scope(in), SchemaRecordCodec.mode(in).orElse(null), in.flag());
            default -> throw new MalformedException("Unknown command " + tag + " about schemas");
        };
    }

    private static void scope(WireWriter out, @Nullable String subject) {
        out.u8(subject == null ? 0 : 1);
        if (subject != null) {
            out.string(subject);
        }
    }

    private static @Nullable String scope(WireReader in) throws MalformedException {
        return in.flag() ? in.string() : null;
    }
}
