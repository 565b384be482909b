package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.config.Setting;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class ServeFlagsTest {
    @Test
    void readsFlagsWithValuesInBothSpellings() {
        assertThat(ServeFlags.read("serve", "--data-dir", "a b", "--config=c.yaml", "--s3-endpoint=http://x?y=z"))
                .contains(new ServeFlags(
                        Map.of(Setting.DATA_DIR, "a b", Setting.S3_ENDPOINT, "http://x?y=z"), Path.of("c.yaml")));
    }

    @Test
    void readsNoFlagsAtAll() {
        assertThat(ServeFlags.read("serve")).contains(new ServeFlags(Map.of(), null));
    }

    @ParameterizedTest
    @EnumSource(Setting.class)
    void readsEverySettingAsTheCommandTreeDoes(Setting setting) {
        String[] args = {"serve", setting.flag(), "value"};
        if (setting == Setting.S3_PATH_STYLE) {
            args[2] = "true";
        }
        CommandLine.ParseResult parsed = CommandTree.create().parseArgs(args).subcommand();

        assertThat(ServeFlags.read(args))
                .contains(new ServeFlags(Map.of(setting, parsed.matchedOptionValue(setting.flag(), "")), null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--help",
                "topic list",
                "serve --help",
                "serve --data-dir",
                "serve --data-dir=",
                "serve --data-dir --config",
                "serve --data-dir a --data-dir b",
                "serve --data-dir=a --data-dir b",
                "serve --unknown a",
                "serve --s3-path-style --data-dir a",
                "serve --s3-path-style",
                "serve stray word",
                "serve @file a",
                "serve --data-dir @file"
            })
    void leavesAnythingElseToTheCommandTree(String line) {
        assertThat(ServeFlags.read(line.split(" "))).isEmpty();
    }
}
