/** The keys of segments and manifests: what they say about the object, and where those of a shard are found. */
@NullMarked
package io.weir.objecttier.naming;

import org.jspecify.annotations.NullMarked;
