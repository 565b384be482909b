/** Protobuf schemas, with Wire's parser and linker and Apicurio's rules of compatibility. */
@NullMarked
package io.weir.registry.protobuf;

import org.jspecify.annotations.NullMarked;
