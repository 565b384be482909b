/** What a module offers over HTTP on the administrative listener, without knowing the server that carries it. */
@NullMarked
package io.weir.contracts.http;

import org.jspecify.annotations.NullMarked;
