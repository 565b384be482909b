package io.weir.registry.protobuf;

import com.squareup.wire.schema.internal.parser.FieldElement;
import com.squareup.wire.schema.internal.parser.MessageElement;
import com.squareup.wire.schema.internal.parser.ProtoFileElement;
import com.squareup.wire.schema.internal.parser.TypeElement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes maps as maps again: a descriptor holds each as a repeated message of entries, which a file may not. */
final class MapFields {
    private MapFields() {}

    static ProtoFileElement restored(ProtoFileElement file) {
        String scope = file.getPackageName() == null ? "" : "." + file.getPackageName();
        return new ProtoFileElement(
                file.getLocation(),
                file.getPackageName(),
                file.getSyntax(),
                file.getImports(),
                file.getPublicImports(),
                file.getTypes().stream().map(type -> restored(type, scope)).toList(),
                file.getServices(),
                file.getExtendDeclarations(),
                file.getOptions());
    }

    private static TypeElement restored(TypeElement type, String outer) {
        if (!(type instanceof MessageElement message)) {
            return type;
        }
        String scope = outer + "." + message.getName();
        Map<String, String> maps = new HashMap<>();
        List<TypeElement> nested = new ArrayList<>();
        for (TypeElement inner : message.getNestedTypes()) {
            if (inner instanceof MessageElement entry && isEntry(entry)) {
                maps.put(
                        scope + "." + entry.getName(),
                        "map<" + typeOf(entry, "key") + ", " + typeOf(entry, "value") + ">");
            } else {
                nested.add(restored(inner, scope));
            }
        }
        return new MessageElement(
                message.getLocation(),
                message.getName(),
                message.getDocumentation(),
                nested,
                message.getOptions(),
                message.getReserveds(),
                message.getFields().stream()
                        .map(field -> maps.containsKey(field.getType()) ? typed(field, maps) : field)
                        .toList(),
                message.getOneOfs(),
                message.getExtensions(),
                message.getGroups(),
                message.getExtendDeclarations());
    }

    private static boolean isEntry(MessageElement message) {
        return message.getOptions().stream().anyMatch(option -> option.getName().equals("map_entry"));
    }

    private static String typeOf(MessageElement entry, String name) {
        return entry.getFields().stream()
                .filter(field -> field.getName().equals(name))
                .findFirst()
                .map(FieldElement::getType)
                .orElseThrow(() -> new IllegalArgumentException(
                        "A map's entry " + entry.getName() + " has no field '" + name + "'"));
    }

    private static FieldElement typed(FieldElement field, Map<String, String> maps) {
        return new FieldElement(
                field.getLocation(),
                null,
                maps.getOrDefault(field.getType(), field.getType()),
                field.getName(),
                field.getDefaultValue(),
                field.getJsonName(),
                field.getTag(),
                field.getDocumentation(),
                field.getOptions());
    }
}
