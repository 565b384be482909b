package io.weir.registry.protobuf;

import com.squareup.wire.schema.Location;
import com.squareup.wire.schema.ProtoFile;
import com.squareup.wire.schema.Schema;
import com.squareup.wire.schema.SchemaLoader;
import com.squareup.wire.schema.internal.SchemaEncoder;
import io.weir.registry.language.SchemaLanguage.Dependency;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import okio.BufferedSink;
import okio.Okio;
import okio.Path;
import okio.fakefilesystem.FakeFileSystem;

/** Links a file with those that it imports, in memory. */
final class LinkedFile {
    private static final String ROOT = "/registry";

    private LinkedFile() {}

    /**
     * The file's descriptor in base 64.
     *
     * @throws RuntimeException when a type or an import is missing, or two definitions are at odds
     */
    static String descriptor(String text, List<Dependency> dependencies) throws IOException {
        FakeFileSystem files = new FakeFileSystem();
        String name = "default.proto";
        for (Dependency dependency : dependencies) {
            write(files, legal(dependency.name()), dependency.text());
            if (dependency.name().equals(name)) {
                name = "importing-" + name;
            }
        }
        write(files, name, text);
        SchemaLoader loader = new SchemaLoader(files);
        loader.initRoots(List.of(Location.get(ROOT, name)), List.of(Location.get(ROOT)));
        Schema linked = loader.loadSchema();
        ProtoFile file = Objects.requireNonNull(linked.protoFile(name), "The file itself");
        return Base64.getEncoder()
                .encodeToString(new SchemaEncoder(linked).encode(file).toByteArray());
    }

    private static String legal(String name) {
        for (String step : name.split("/", -1)) {
            if (step.isEmpty() || step.equals(".") || step.equals("..") || step.indexOf('\\') >= 0) {
                throw new IllegalArgumentException("Illegal name of an imported file: '" + name + "'");
            }
        }
        return name;
    }

    private static void write(FakeFileSystem files, String name, String text) throws IOException {
        Path path = Path.get(ROOT + "/" + name);
        files.createDirectories(Objects.requireNonNull(path.parent(), "A file below the root"));
        try (BufferedSink sink = Okio.buffer(files.sink(path))) {
            sink.writeUtf8(text);
        }
    }
}
