"""confluent-kafka-python behind the commands that ../README.md describes."""

import base64
import hashlib
import json
import sys
import threading
import uuid

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

MAX_BYTES = 16 * 1024 * 1024


def encoded(data):
    return None if data is None else base64.b64encode(data).decode()


def decoded(text):
    return None if text == "-" else base64.b64decode(text)


def emit(value):
    sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")


def emit_record(message):
    value = message.value()
    emit({
        "p": message.partition(),
        "o": message.offset(),
        "k": encoded(message.key()),
        "n": -1 if value is None else len(value),
        "sha256": None if value is None else hashlib.sha256(value).hexdigest(),
        "h": [[name, encoded(content)] for name, content in message.headers() or []],
    })


def produce(bootstrap, topic):
    last = {"codec": None, "producer": None}
    results = []

    def delivered(index):
        def callback(error, message):
            if error is not None:
                raise KafkaException(error)
            results[index] = {"p": message.partition(), "o": message.offset()}
        return callback

    def flush():
        if last["producer"] is not None and last["producer"].flush(60):
            raise SystemExit("not everything was delivered")

    def producer(codec):
        if codec != last["codec"]:
            flush()
            last["codec"] = codec
            last["producer"] = Producer({
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "compression.type": codec,
                "message.max.bytes": MAX_BYTES,
                "queue.buffering.max.messages": 1000000,
                "linger.ms": 5,
            })
        return last["producer"]

    for line in sys.stdin:
        codec, partition, key, value, headers = line.rstrip("\n").split("\t")
        options = {} if partition == "-" else {"partition": int(partition)}
        pairs = [h.split("=", 1) for h in headers.split(",") if h]
        results.append(None)
        producer(codec).produce(
            topic,
            key=decoded(key),
            value=decoded(value),
            headers=[(name, decoded(content)) for name, content in pairs],
            on_delivery=delivered(len(results) - 1),
            **options,
        )
        producer(codec).poll(0)
    flush()
    for result in results:
        emit(result)


def consumer(bootstrap, group, **options):
    return Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "fetch.message.max.bytes": MAX_BYTES,
        "fetch.max.bytes": 4 * MAX_BYTES,
        "receive.message.max.bytes": 5 * MAX_BYTES,
        "check.crcs": True,
        **options,
    })


def consume(bootstrap, topic, count):
    reader = consumer(bootstrap, "none-" + uuid.uuid4().hex)
    partitions = reader.list_topics(topic, 30).topics[topic].partitions
    reader.assign([TopicPartition(topic, p, 0) for p in partitions])
    left = int(count)
    while left:
        message = reader.poll(30)
        if message is None:
            raise SystemExit(f"{left} records did not arrive")
        if message.error():
            raise KafkaException(message.error())
        emit_record(message)
        left -= 1
    reader.close()


def member(bootstrap, topic, group, protocol):
    commands = []
    threading.Thread(target=lambda: commands.extend(iter(sys.stdin.readline, "")), daemon=True).start()
    timeouts = {} if protocol == "consumer" else {"session.timeout.ms": 10000, "heartbeat.interval.ms": 500}
    joined = consumer(bootstrap, group, **{"group.protocol": protocol, **timeouts})
    joined.subscribe([topic])
    assigned = None
    while True:
        message = joined.poll(0.1)
        now = sorted(p.partition for p in joined.assignment())
        if now != assigned:
            assigned = now
            emit({"assigned": assigned})
        if message is not None and message.error():
            print(message.error(), file=sys.stderr)
        elif message is not None:
            emit_record(message)
        while commands:
            command = commands.pop(0).strip()
            if command == "commit":
                joined.commit(asynchronous=False)
                emit({"committed": True})
            elif command == "close":
                joined.close()
                return
        sys.stdout.flush()


if __name__ == "__main__":
    {"produce": produce, "consume": consume, "member": member}[sys.argv[1]](*sys.argv[2:])
