/**
 * The catalog over HTTP, as Iceberg's REST protocol has it: requests and answers in Iceberg's own JSON, its error
 * answers, and the settings with which clients reach the table files.
 */
@NullMarked
package io.weir.lakehouse.rest;

import org.jspecify.annotations.NullMarked;
