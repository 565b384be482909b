package io.weir.launcher.config;

import java.util.Optional;

/**
 * Where the process listens.
 *
 * @param kafka for Kafka clients
 * @param kafkaAdvertised what they are told to connect to; empty for the address listened on
 * @param admin for health, metrics and the catalog
 * @param s3 for the files of tables
 */
public record ListenConfig(HostPort kafka, Optional<HostPort> kafkaAdvertised, HostPort admin, HostPort s3) {
    public ListenConfig {
        requireLoopback(kafka, Setting.KAFKA_LISTEN);
        requireLoopback(admin, Setting.ADMIN_LISTEN);
        requireLoopback(s3, Setting.S3_LISTEN);
        requireTwo(kafka, Setting.KAFKA_LISTEN, admin, Setting.ADMIN_LISTEN);
        requireTwo(kafka, Setting.KAFKA_LISTEN, s3, Setting.S3_LISTEN);
        requireTwo(admin, Setting.ADMIN_LISTEN, s3, Setting.S3_LISTEN);
        kafkaAdvertised.ifPresent(address -> {
            if (address.port() == 0) {
                throw new SettingException("kafka-advertised needs a port other than 0: " + address);
            }
        });
    }

    private static void requireTwo(HostPort one, Setting setting, HostPort other, Setting otherSetting) {
        if (one.port() != 0 && one.equals(other)) {
            throw new SettingException(
                    setting.key() + " and " + otherSetting.key() + " are both " + one + ": use two ports");
        }
    }

    private static void requireLoopback(HostPort address, Setting setting) {
        if (!address.isLoopback()) {
            throw new SettingException(setting.key() + " " + address + " is not a loopback address. There are no"
                    + " credentials yet, so anybody who can connect may read and write everything:"
                    + " listen on 127.0.0.1 or [::1]");
        }
    }
}
