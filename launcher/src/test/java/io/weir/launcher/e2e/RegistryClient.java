package io.weir.launcher.e2e;

import io.weir.testsupport.process.Command;
import java.net.URI;
import java.util.List;

/** Clients of schema registries behind one set of commands; see {@code src/test/clients/README.md}. */
enum RegistryClient {
    PYTHON {
        @Override
        Command program() {
            Tools.installed("venv/lib");
            return Command.of(Tools.installed("venv/bin/python").toString(), script("python/registry.py"));
        }
    },
    NODE {
        @Override
        Command program() {
            Tools.installed("node/node_modules/@kafkajs/confluent-schema-registry");
            return Command.of(Tools.onPath("node"), script("node/registry.js"))
                    .withEnvironment(
                            "NODE_PATH", Tools.installed("node/node_modules").toString());
        }
    },

    /** Its serializers with another client of the registry in them: see the program. */
    APICURIO {
        @Override
        Command program() {
            return Command.of(
                    Weir.java(),
                    "-cp",
                    Tools.installed("apicurio") + "/*",
                    script("java/apicurio/ApicurioClient.java"));
        }

        @Override
        boolean speaks(String format) {
            return format.equals("avro");
        }
    };

    abstract Command program();

    boolean speaks(String format) {
        return true;
    }

    /** Registers the format's schema for the topic's values, and sends them. */
    void produce(String bootstrap, URI registry, String topic, String format, List<String> values) {
        var _ = program()
                .with("produce", bootstrap, registry.toString(), topic, format)
                .withInput(String.join("\n", values) + "\n")
                .run()
                .succeeded();
    }

    List<String> consume(String bootstrap, URI registry, String topic, String format, int count) {
        return program()
                .with("consume", bootstrap, registry.toString(), topic, format, Integer.toString(count))
                .run()
                .succeeded()
                .lines();
    }

    private static String script(String path) {
        return Weir.root().resolve("launcher/src/test/clients").resolve(path).toString();
    }
}
