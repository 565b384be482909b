package io.weir.launcher.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.weir.launcher.config.LogFormat;
import java.util.List;
import java.util.logging.LogManager;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sends every log line to standard error, where data never goes. Called once, before anything logs. */
public final class Logging {
    private static final String TEXT =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z',UTC} %-5level [%thread] %logger{20} - %msg %kvp%n%ex";

    /** Whose lines are the project's own. */
    private static final String OWN = "io.weir";

    /** They say the same of each retry: that a peer is away is in the metrics, and in what the group answers. */
    private static final List<String> REPETITIVE = List.of(
            "org.apache.ratis.grpc.server.GrpcLogAppender",
            "org.apache.ratis.grpc.server.GrpcServerProtocolService",
            "org.apache.ratis.server.impl.LeaderElection");

    private Logging() {}

    /** For {@code weir serve}: Weir's own lines from INFO on, the libraries' from WARN on. */
    public static void forServer(LogFormat format) {
        configure(format, Level.WARN);
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(OWN).setLevel(Level.INFO);
        REPETITIVE.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
        LogManager.getLogManager().reset();
        SLF4JBridgeHandler.install();
    }

    /** For the client commands: they print what matters themselves. */
    public static void forClient() {
        configure(LogFormat.TEXT, Level.OFF);
    }

    private static void configure(LogFormat format, Level level) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Encoder<ILoggingEvent> encoder = encoder(format);
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(level);
        root.addAppender(appender);
    }

    private static Encoder<ILoggingEvent> encoder(LogFormat format) {
        return switch (format) {
            case JSON -> new JsonEncoder();
            case TEXT -> {
                PatternLayoutEncoder text = new PatternLayoutEncoder();
                text.setPattern(TEXT);
                yield text;
            }
        };
    }
}
