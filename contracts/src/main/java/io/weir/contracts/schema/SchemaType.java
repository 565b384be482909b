package io.weir.contracts.schema;

/** The language that a schema is written in. */
public enum SchemaType {
    AVRO,
    JSON,
    PROTOBUF
}
