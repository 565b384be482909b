/**
 * Power loss without a machine to pull the plug of: a process's file system calls are traced, and the disk is built as
 * it may have been at any instant of the trace.
 */
@NullMarked
package io.weir.testsupport.power;

import org.jspecify.annotations.NullMarked;
