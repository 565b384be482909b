/**
 * The commands: {@code serve}, and a client made of Kafka's own Java clients. Data goes to standard output, all else to
 * standard error; what each exit code means is in {@link io.weir.launcher.cli.ExitCode}.
 */
@NullMarked
package io.weir.launcher.cli;

import org.jspecify.annotations.NullMarked;
