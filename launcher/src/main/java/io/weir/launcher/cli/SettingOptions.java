package io.weir.launcher.cli;

import io.weir.launcher.config.Setting;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The settings of a server as options of a command. */
final class SettingOptions {
    private SettingOptions() {}

    static void addTo(CommandSpec command, Collection<Setting> settings) {
        for (Setting setting : settings) {
            OptionSpec.Builder option = OptionSpec.builder(setting.flag())
                    .type(String.class)
                    .paramLabel(setting.placeholder())
                    .description(setting.description().replace("%", "%%"), "Default: " + setting.shownDefault());
            if (setting.isSwitch()) {
                option.arity("0..1").fallbackValue("true");
            }
            command.addOption(option.build());
        }
    }

    /** Those that the command line has a value for. */
    static Map<Setting, String> given(CommandSpec command) {
        Map<Setting, String> flags = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            if (command.findOption(setting.flag()) != null) {
                String value = command.commandLine().getParseResult().matchedOptionValue(setting.flag(), null);
                if (value != null) {
                    flags.put(setting, value);
                }
            }
        }
        return flags;
    }
}
