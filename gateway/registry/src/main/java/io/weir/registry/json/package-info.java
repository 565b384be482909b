/** JSON schemas of drafts 4 to 7, with Everit's loader and Apicurio's rules of compatibility. */
@NullMarked
package io.weir.registry.json;

import org.jspecify.annotations.NullMarked;
