/**
 * The schema registry: Avro, JSON and Protobuf schemas under subjects, behind the REST API that serializers of Kafka
 * clients speak. What is registered lives in the metadata; what may follow what is decided here.
 */
@NullMarked
package io.weir.registry;

import org.jspecify.annotations.NullMarked;
