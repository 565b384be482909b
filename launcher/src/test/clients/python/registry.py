"""confluent-kafka-python's serializers behind the commands that ../README.md describes."""

import json
import sys
import uuid

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

AVRO = json.dumps({
    "type": "record",
    "name": "User",
    "namespace": "people",
    "fields": [{"name": "name", "type": "string"}, {"name": "age", "type": "int"}],
})
JSON = json.dumps({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "User",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
})


def user_message():
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="user.proto", package="people", syntax="proto3")
    message = file.message_type.add(name="User")
    message.field.add(name="name", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    message.field.add(name="age", number=2, type=field.TYPE_INT32, label=field.LABEL_OPTIONAL)
    pool = descriptor_pool.Default()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("people.User"))


def serializer(client, fmt):
    if fmt == "avro":
        return AvroSerializer(client, AVRO)
    if fmt == "json":
        return JSONSerializer(JSON, client)
    message = user_message()
    protobuf = ProtobufSerializer(message, client, {"use.deprecated.format": False})
    return lambda value, context: protobuf(json_format.ParseDict(value, message()), context)


def deserializer(client, fmt):
    if fmt == "avro":
        return AvroDeserializer(client)
    if fmt == "json":
        return JSONDeserializer(JSON, schema_registry_client=client)
    protobuf = ProtobufDeserializer(user_message(), {"use.deprecated.format": False}, client)
    return lambda value, context: json_format.MessageToDict(
        protobuf(value, context), always_print_fields_with_no_presence=True)


def produce(bootstrap, registry, topic, fmt):
    serialize = serializer(SchemaRegistryClient({"url": registry}), fmt)
    context = SerializationContext(topic, MessageField.VALUE)
    producer = Producer({"bootstrap.servers": bootstrap})
    for line in sys.stdin:
        producer.produce(topic, serialize(json.loads(line), context), on_delivery=delivered)
    if producer.flush(60) > 0:
        raise SystemExit("not everything was delivered")


def delivered(error, message):
    if error is not None:
        raise KafkaException(error)


def consume(bootstrap, registry, topic, fmt, count):
    deserialize = deserializer(SchemaRegistryClient({"url": registry}), fmt)
    context = SerializationContext(topic, MessageField.VALUE)
    consumer = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": str(uuid.uuid4()),
        "auto.offset.reset": "earliest",
    })
    consumer.subscribe([topic])
    for _ in range(int(count)):
        message = consumer.poll(60)
        if message is None or message.error():
            raise SystemExit(f"no record: {message and message.error()}")
        print(json.dumps(deserialize(message.value(), context), sort_keys=True, separators=(",", ":")))
    consumer.close()


COMMANDS = {"produce": produce, "consume": consume}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
