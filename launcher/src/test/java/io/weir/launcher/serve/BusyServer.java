package io.weir.launcher.serve;

import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.Setting;
import io.weir.launcher.config.Settings;
import io.weir.launcher.logging.Logging;
import io.weir.objecttier.housekeeping.HousekeepingConfig;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * {@code weir serve FLAG VALUE …} with a pace at which snapshots, merges and deletions go on all the time, so that a
 * test of a minute meets each of them many times.
 */
public final class BusyServer {
    private static final Pace BUSY = new Pace(
            new HousekeepingConfig(
                    Duration.ofMillis(100),
                    Duration.ofSeconds(1),
                    Duration.ofMillis(500),
                    2,
                    8L << 20,
                    256L << 10,
                    64L << 20,
                    2,
                    2,
                    Duration.ZERO),
            1 << 20,
            8 << 10,
            1 << 20);

    private BusyServer() {}

    public static void main(String[] args) throws InterruptedException {
        Map<Setting, String> flags = new EnumMap<>(Map.of(Setting.BACKUP_INTERVAL, "1s"));
        for (int i = 1; i < args.length; i += 2) {
            flags.put(setting(args[i]), args[i + 1]);
        }
        ServeConfig config = ServeConfig.from(Settings.of(flags, Map.of(), System.getenv()));
        Logging.forServer(config.logFormat());
        Foreground.serve(config, BUSY, System.out, System.err);
    }

    private static Setting setting(String flag) {
        for (Setting setting : Setting.values()) {
            if (setting.flag().equals(flag)) {
                return setting;
            }
        }
        throw new IllegalArgumentException("No setting " + flag);
    }
}
