import io.trino.Session;
import io.trino.plugin.iceberg.IcebergPlugin;
import io.trino.spi.type.TimeZoneKey;
import io.trino.testing.DistributedQueryRunner;
import io.trino.testing.MaterializedRow;
import io.trino.testing.TestingSession;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Trino behind the lines that ../README.md describes; its arguments are settings of the catalog, NAME=VALUE. */
public final class TrinoDriver {
    private TrinoDriver() {}

    public static void main(String[] args) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Map<String, String> settings = new HashMap<>();
        for (String setting : args) {
            String[] pair = setting.split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        Session session = TestingSession.testSessionBuilder()
                .setCatalog("weir")
                .setSchema("topics")
                .setTimeZoneKey(TimeZoneKey.UTC_KEY)
                .build();
        DistributedQueryRunner server =
                DistributedQueryRunner.builder(session).setWorkerCount(0).build();
        server.installPlugin(new IcebergPlugin());
        server.createCatalog("weir", "iceberg", settings);
        answers.println("ready");
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String sql = questions.readLine(); sql != null; sql = questions.readLine()) {
            answers.println(answer(server, sql));
        }
        System.exit(0);
    }

    private static String answer(DistributedQueryRunner server, String sql) {
        try {
            StringBuilder text = new StringBuilder("ok");
            for (MaterializedRow row : server.execute(sql).getMaterializedRows()) {
                text.append('\t')
                        .append(oneLine(row.getFields().stream()
                                .map(String::valueOf)
                                .collect(Collectors.joining("|"))));
            }
            return text.toString();
        } catch (Throwable failed) {
            failed.printStackTrace();
            return "failed\t" + oneLine(failed.toString());
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("[\\t\\r\\n]+", " ");
    }
}
