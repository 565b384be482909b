/** What must be among Ratis' own classes, or takes the place of one of them, each for one reason of its own. */
@NullMarked
package org.apache.ratis.server.impl;

import org.jspecify.annotations.NullMarked;
