package io.weir.launcher.e2e;

import io.weir.launcher.e2e.client.JavaClient;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.Conversation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Client libraries behind one set of commands; see {@code src/test/clients/README.md}. */
enum Client {
    JAVA {
        @Override
        Command program() {
            return java(System.getProperty("java.class.path"));
        }
    },
    JAVA_3_9 {
        @Override
        Command program() {
            return java(
                    Weir.target().resolve("test-classes") + ":" + Tools.installed("kafka-3.9") + "/*:" + jspecify());
        }
    },
    PYTHON {
        @Override
        Command program() {
            return Command.of(Tools.installed("venv/bin/python").toString(), script("python/client.py"));
        }
    },
    NODE {
        @Override
        Command program() {
            Path modules = Tools.installed("node/node_modules");
            return Command.of(Tools.onPath("node"), script("node/client.js"))
                    .withEnvironment("NODE_PATH", modules.toString());
        }
    };

    abstract Command program();

    /** Sends the lines of the file and returns where each record went. */
    List<String> produce(String bootstrap, String topic, Path input) {
        return program()
                .with("produce", bootstrap, topic)
                .withInput(input)
                .run()
                .succeeded()
                .lines();
    }

    /** Reads so many records of all partitions from their beginnings. */
    List<String> consume(String bootstrap, String topic, int count) {
        return program()
                .with("consume", bootstrap, topic, Integer.toString(count))
                .run()
                .succeeded()
                .lines();
    }

    Conversation member(String bootstrap, String topic, String group, String protocol) {
        return program().with("member", bootstrap, topic, group, protocol).converse();
    }

    private static Command java(String classPath) {
        return Command.of(new ArrayList<>(List.of(
                Weir.java(),
                "-Xmx700m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                JavaClient.class.getName())));
    }

    private static String jspecify() {
        return List.of(System.getProperty("java.class.path").split(":", -1)).stream()
                .filter(entry -> entry.contains("jspecify"))
                .findFirst()
                .orElse("");
    }

    private static String script(String path) {
        return Weir.root().resolve("launcher/src/test/clients").resolve(path).toString();
    }
}
