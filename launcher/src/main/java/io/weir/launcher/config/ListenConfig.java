package io.weir.launcher.config;

import java.util.Optional;

/**
 * Where the process listens.
 *
 * @param kafka for Kafka clients
 * @param kafkaAdvertised what they are told to connect to; empty for the address listened on
 * @param zone that Kafka clients are told it is in
 * @param admin for health, metrics and the catalog
 * @param s3 for the files of tables; loopback whatever the exposure, since its credentials are no secret
 * @param exposure of the others
 */
public record ListenConfig(
        HostPort kafka,
        Optional<HostPort> kafkaAdvertised,
        Optional<String> zone,
        HostPort admin,
        HostPort s3,
        Exposure exposure) {
    public ListenConfig {
        exposure.require(Setting.KAFKA_LISTEN, kafka);
        exposure.require(Setting.ADMIN_LISTEN, admin);
        Exposure.LOOPBACK.require(Setting.S3_LISTEN, s3);
        requireTwo(kafka, Setting.KAFKA_LISTEN, admin, Setting.ADMIN_LISTEN);
        requireTwo(kafka, Setting.KAFKA_LISTEN, s3, Setting.S3_LISTEN);
        requireTwo(admin, Setting.ADMIN_LISTEN, s3, Setting.S3_LISTEN);
        if (kafka.isWildcard() && kafkaAdvertised.isEmpty()) {
            throw new SettingException("kafka-advertised: " + kafka
                    + " listens on every address, so say which one clients are told to connect to");
        }
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
}
