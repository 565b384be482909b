/** What the simulated groups promise to the tests that lean on them. */
@NullMarked
package io.weir.testsupport.consensus;

import org.jspecify.annotations.NullMarked;
