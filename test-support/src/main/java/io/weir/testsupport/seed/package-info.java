/** Long runs: seed after seed until the time is used up, continued by the next run where this one stopped. */
@NullMarked
package io.weir.testsupport.seed;

import org.jspecify.annotations.NullMarked;
