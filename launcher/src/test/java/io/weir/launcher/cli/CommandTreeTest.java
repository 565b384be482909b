package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.Repository;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandTreeTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ''                                        | A command is missing
                    sevre                                     | Unmatched argument
                    serve --flush-bites 1MiB                  | Unknown option
                    serve --flush-bytes                       | Missing required parameter
                    serve --kafka-listen 0.0.0.0:9092         | not a loopback address
                    serve --roles wal                         | a process that is alone has them all
                    serve --config /nowhere/weir.yaml         | Cannot read the configuration file
                    topic                                     | A subcommand is missing
                    topic create                              | Missing required parameter: 'TOPIC'
                    topic create t --partitions many          | is not an int
                    topic alter t                             | Nothing to change
                    topic list -o xml                         | xml
                    topic list --timeout 10                   | not a duration
                    consume t --from yesterday                | neither beginning, end, an offset
                    consume t -n 0                            | -n must be at least 1
                    consume t --group g --from 7              | With --group use --from beginning or end
                    group reset g                             | Missing required argument
                    group reset g --to-earliest --to-latest   | mutually exclusive
                    table                                     | A subcommand is missing
                    table describe                            | Missing required parameter: 'TOPIC'
                    table list --timeout 10                   | not a duration
                    cluster up 3+3                            | neither N nor METADATA+WAL+GATEWAYS
                    completion fish                           | fish
                    restore                                   | Missing required option: '--from=URI'
                    restore --from nowhere                    | neither file:DIR nor s3://BUCKET/PREFIX
                    restore --from file:d --peers 1=192.0.2.1:7400 | not a loopback address
                    """)
    void refusesACommandLineThatCannotBeUsed(String line, String message) {
        assertThat(run(line.isEmpty() ? new String[0] : line.split(" "))).isEqualTo(ExitCode.USAGE);

        assertThat(err.toString()).startsWith("weir: ").contains(message);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void refusesAForeignDataDirectoryAndChangesNothing() throws Exception {
        Files.writeString(directory.resolve("format"), "weir-data 9\n");

        assertThat(run("serve", "--data-dir", directory.toString())).isEqualTo(ExitCode.USAGE);

        assertThat(err.toString()).contains("weir-data 9");
        try (Stream<Path> entries = Files.list(directory)) {
            assertThat(entries).containsExactly(directory.resolve("format"));
        }
    }

    /** What a node of a cluster is told is in its file, and peers are beyond loopback. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void restoresOnANodeThatOthersReach(boolean byFile) throws Exception {
        Path file = directory.resolve("node-1.yaml");
        Files.writeString(
                file, "peers: 1=192.0.2.1:7400/metadata,2=192.0.2.2:7400/wal\ninsecure: true\nroles: metadata\n");
        String data = directory.resolve("data").toString();
        String from = "file:" + directory.resolve("objects");

        int code = byFile
                ? run("restore", "--from", from, "--data-dir", data, "--config", file.toString())
                : run("restore", "--from", from, "--data-dir", data, "--peers", "1=192.0.2.1:7400", "--insecure");

        assertThat(code).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("There is no backup of group metadata");
    }

    @Test
    void saysThatNobodyAnswers() {
        assertThat(run("topic", "list", "--bootstrap", "127.0.0.1:1", "--timeout", "200ms"))
                .isEqualTo(ExitCode.FAILED);

        assertThat(err.toString()).startsWith("weir: No answer from 127.0.0.1:1");
    }

    @Test
    void printsCompletionForBothShells() {
        assertThat(run("completion", "bash")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("complete -F _complete_weir");
        assertThat(run("completion", "zsh")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("bashcompinit");
    }

    @Test
    void theReferenceIsWhatTheCommandsSay() {
        String generated = CliReference.markdown(CommandTree.create());

        assertThat(Repository.document("docs/cli.md", generated)).isEqualTo(generated);
    }

    private int run(String... args) {
        CommandLine weir = CommandTree.create();
        weir.setOut(new PrintWriter(out, true));
        weir.setErr(new PrintWriter(err, true));
        return weir.execute(args);
    }
}
