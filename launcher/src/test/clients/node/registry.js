// @kafkajs/confluent-schema-registry behind the commands that ../README.md describes; NODE_PATH names its modules
const crypto = require('node:crypto')
const readline = require('node:readline')
const { Kafka, logLevel } = require('kafkajs')
const { SchemaRegistry, SchemaType } = require('@kafkajs/confluent-schema-registry')

const SCHEMAS = {
  avro: {
    type: SchemaType.AVRO,
    schema: JSON.stringify({
      type: 'record',
      name: 'User',
      namespace: 'people',
      fields: [
        { name: 'name', type: 'string' },
        { name: 'age', type: 'int' },
      ],
    }),
  },
  json: {
    type: SchemaType.JSON,
    schema: JSON.stringify({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'User',
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'integer' } },
      required: ['name', 'age'],
    }),
  },
  protobuf: {
    type: SchemaType.PROTOBUF,
    schema: 'syntax = "proto3";\npackage people;\nmessage User {\n  string name = 1;\n  int32 age = 2;\n}\n',
  },
}

const client = bootstrap => new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR })
const sorted = value => JSON.stringify(Object.fromEntries(Object.entries(value).sort()))

async function produce(bootstrap, host, topic, format) {
  const registry = new SchemaRegistry({ host })
  const { id } = await registry.register(SCHEMAS[format], { subject: `${topic}-value` })
  const producer = client(bootstrap).producer()
  await producer.connect()
  for await (const line of readline.createInterface({ input: process.stdin })) {
    await producer.send({ topic, messages: [{ value: await registry.encode(id, JSON.parse(line)) }] })
  }
  await producer.disconnect()
}

async function consume(bootstrap, host, topic, format, count) {
  const registry = new SchemaRegistry({ host })
  const consumer = client(bootstrap).consumer({ groupId: crypto.randomUUID() })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let left = Number(count)
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, event => reject(event.payload.error))
    consumer.run({
      eachMessage: async ({ message }) => {
        if (left > 0) {
          const value = await registry.decode(message.value)
          process.stdout.write(sorted({ name: value.name, age: value.age }) + '\n')
        }
        left--
        if (left === 0) resolve()
      },
    })
  })
  await consumer.disconnect()
}

const [command, ...words] = process.argv.slice(2)
const commands = { produce, consume }
commands[command](...words).then(
  () => process.exit(0),
  error => {
    console.error(error)
    process.exit(1)
  },
)
