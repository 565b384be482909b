package io.weir.launcher.config;

import java.util.Optional;

/**
 * Where the process listens.
 *
 * @param kafka for Kafka clients
 * @param kafkaAdvertised what they are told to connect to; empty for the address listened on
 * @param admin for health and metrics
 */
public record ListenConfig(HostPort kafka, Optional<HostPort> kafkaAdvertised, HostPort admin) {
    public ListenConfig {
        requireLoopback(kafka, Setting.KAFKA_LISTEN);
        requireLoopback(admin, Setting.ADMIN_LISTEN);
        if (kafka.port() != 0 && kafka.equals(admin)) {
            throw new SettingException("kafka-listen and admin-listen are both " + kafka + ": use two ports");
        }
        kafkaAdvertised.ifPresent(address -> {
            if (address.port() == 0) {
                throw new SettingException("kafka-advertised needs a port other than 0: " + address);
            }
        });
    }

    private static void requireLoopback(HostPort address, Setting setting) {
        if (!address.isLoopback()) {
            throw new SettingException(setting.key() + " " + address + " is not a loopback address. There are no"
                    + " credentials yet, so anybody who can connect may read and write everything:"
                    + " listen on 127.0.0.1 or [::1]");
        }
    }
}
