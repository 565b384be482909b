/**
 * Real processes for end-to-end tests: the server itself, killed and started again at will, and programs run to their
 * end. Nothing here outlives the test run.
 */
@NullMarked
package io.weir.testsupport.process;

import org.jspecify.annotations.NullMarked;
