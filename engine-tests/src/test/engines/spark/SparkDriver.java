import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Spark behind the lines that ../README.md describes; its arguments are settings, NAME=VALUE. */
public final class SparkDriver {
    private SparkDriver() {}

    public static void main(String[] args) throws IOException {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        SparkSession.Builder builder = SparkSession.builder().master("local[2]").appName("engine-tests");
        for (String setting : args) {
            String[] pair = setting.split("=", 2);
            builder.config(pair[0], pair[1]);
        }
        SparkSession spark = builder.getOrCreate();
        answers.println("ready");
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String sql = questions.readLine(); sql != null; sql = questions.readLine()) {
            answers.println(answer(spark, sql));
        }
        spark.stop();
    }

    private static String answer(SparkSession spark, String sql) {
        try {
            List<Row> rows = spark.sql(sql).collectAsList();
            StringBuilder text = new StringBuilder("ok");
            for (Row row : rows) {
                text.append('\t').append(oneLine(row.mkString("|")));
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
