/** The one class that must be among Ratis' own: see {@link org.apache.ratis.grpc.server.ConnectBackoff}. */
@NullMarked
package org.apache.ratis.grpc.server;

import org.jspecify.annotations.NullMarked;
