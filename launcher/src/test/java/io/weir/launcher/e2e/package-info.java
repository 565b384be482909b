/**
 * The real server in a process of its own, used and mistreated from outside: by clients of every make, by Kafka's own
 * tools, by kill -9, by bad input, by failing disks and object stores.
 */
@NullMarked
package io.weir.launcher.e2e;

import org.jspecify.annotations.NullMarked;
