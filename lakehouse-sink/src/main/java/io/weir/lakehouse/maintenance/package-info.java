/**
 * What keeps tables cheap to read and to keep: small data files become large ones, manifests and snapshots few, and
 * files that no table has any more are deleted. No watermark is ever moved here.
 */
@NullMarked
package io.weir.lakehouse.maintenance;

import org.jspecify.annotations.NullMarked;
