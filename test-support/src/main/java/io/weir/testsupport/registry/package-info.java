/** The schema registry of a real server, as a test asks it. */
@NullMarked
package io.weir.testsupport.registry;

import org.jspecify.annotations.NullMarked;
