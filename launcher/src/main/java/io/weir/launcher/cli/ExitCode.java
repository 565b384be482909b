package io.weir.launcher.cli;

import io.weir.contracts.failure.ServiceException;
import io.weir.launcher.config.SettingException;
import io.weir.launcher.data.DataDirectoryException;
import io.weir.launcher.serve.PortInUseException;
import java.io.IOException;
import java.io.PrintWriter;
import org.apache.kafka.common.KafkaException;

/** What the process ends with. */
final class ExitCode {
    static final int OK = 0;
    /** The server refused, could not be reached, or did not answer in time; or a bug. */
    static final int FAILED = 1;
    /** The command line or a setting cannot be used, or what it names is taken; nothing was changed. */
    static final int USAGE = 2;

    private ExitCode() {}

    /** Says on {@code err} what became of a command that failed, and which exit code that is. */
    static int of(Throwable failure, PrintWriter err) {
        switch (failure) {
            case SettingException unusable -> err.println("weir: " + unusable.getMessage());
            case DataDirectoryException unusable -> err.println("weir: " + unusable.getMessage());
            case PortInUseException taken -> err.println("weir: " + taken.getMessage());
            case CommandFailedException told -> {
                err.println("weir: " + told.getMessage());
                return FAILED;
            }
            case ServiceException part -> {
                err.println("weir: " + part.code().label() + ": " + part.getMessage());
                return FAILED;
            }
            case IOException stream -> {
                err.println("weir: " + stream.getMessage());
                return FAILED;
            }
            case KafkaException kafka -> {
                err.println("weir: " + kafka.getMessage());
                return FAILED;
            }
            default -> {
                failure.printStackTrace(err);
                return FAILED;
            }
        }
        return USAGE;
    }
}
