/** Metadata in memory: topics, settings and producer ids without a Raft group, for tests of what stands on them. */
@NullMarked
package io.weir.testsupport.metadata;

import org.jspecify.annotations.NullMarked;
