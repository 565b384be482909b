/** Objects in S3, or in anything that speaks its protocol. The only package that knows the AWS SDK. */
@NullMarked
package io.weir.objecttier.s3;

import org.jspecify.annotations.NullMarked;
