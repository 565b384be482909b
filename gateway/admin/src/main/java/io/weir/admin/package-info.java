/** The administrative HTTP listener: health for whoever restarts the process, metrics for whoever watches it. */
@NullMarked
package io.weir.admin;

import org.jspecify.annotations.NullMarked;
