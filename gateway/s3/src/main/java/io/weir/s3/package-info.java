/**
 * The local table store as an S3 bucket: what SQL engines read and write table files through when no object storage is
 * at hand. The protocol is S3Proxy's; which names are legal, and when a written object may be seen, is decided here.
 */
@NullMarked
package io.weir.s3;

import org.jspecify.annotations.NullMarked;
