/** The one class that must be among Ratis' own: see {@link org.apache.ratis.server.impl.ElectionPause}. */
@NullMarked
package org.apache.ratis.server.impl;

import org.jspecify.annotations.NullMarked;
