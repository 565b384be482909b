package io.weir.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.Repository;
import org.junit.jupiter.api.Test;

class ConfigReferenceTest {
    @Test
    void theReferenceIsWhatTheSettingsSay() {
        assertThat(Repository.document("docs/config.md", ConfigReference.markdown()))
                .isEqualTo(ConfigReference.markdown());
    }
}
