package io.weir.launcher.config;

/** Who can reach what this process listens on. */
public enum Exposure {
    /** Only this machine: nobody shows credentials yet. */
    LOOPBACK,
    /** Whoever the network lets through, who may then read and write everything. */
    INSECURE;

    static Exposure of(boolean insecure) {
        return insecure ? INSECURE : LOOPBACK;
    }

    /** @throws SettingException when others could connect who should not */
    void require(Setting setting, HostPort address) {
        if (this == LOOPBACK && !address.isLoopback()) {
            throw new SettingException(setting.key() + " " + address + " is not a loopback address. There are no"
                    + " credentials yet, so anybody who can connect may read and write everything: listen on 127.0.0.1"
                    + " or [::1], or, in a network that only your own machines can reach, say --insecure");
        }
    }
}
