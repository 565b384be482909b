/** The port on the library: contract, crashes, power loss, full disks. */
@NullMarked
package io.weir.consensus.ratis;

import org.jspecify.annotations.NullMarked;
