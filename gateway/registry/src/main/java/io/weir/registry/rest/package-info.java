/** The REST API that clients of schema registries know: its paths, bodies, errors and content types. */
@NullMarked
package io.weir.registry.rest;

import org.jspecify.annotations.NullMarked;
