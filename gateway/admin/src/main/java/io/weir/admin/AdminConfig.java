package io.weir.admin;

/**
 * Where the administrative listener is.
 *
 * @param host a loopback name or address
 * @param port 0 to 65535; 0 picks a free one
 */
public record AdminConfig(String host, int port) {
    private static final int MAX_PORT = 65_535;

    public AdminConfig {
        if (host.isBlank() || port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("Illegal administrative address '" + host + "':" + port);
        }
    }
}
