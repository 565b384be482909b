// kafkajs behind the commands that ../README.md describes; NODE_PATH names its modules
const crypto = require('node:crypto')
const readline = require('node:readline')
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs')
const lz4 = require('lz4-napi')
const zstd = require('@mongodb-js/zstd')

const MAX_BYTES = 16 * 1024 * 1024

CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy')
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async encoder => lz4.compressFrame(encoder.buffer),
  decompress: async buffer => lz4.decompressFrame(buffer),
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => zstd.compress(encoder.buffer),
  decompress: async buffer => zstd.decompress(buffer),
})
const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

const encoded = data => (data === null || data === undefined ? null : Buffer.from(data).toString('base64'))
const decoded = text => (text === '-' ? null : Buffer.from(text, 'base64'))
const emit = value => process.stdout.write(JSON.stringify(value) + '\n')
const client = bootstrap =>
  new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR, logCreator: () => ({ log }) => console.error(log.message, log) })

function emitRecord(partition, message) {
  const { value } = message
  const headers = Object.entries(message.headers ?? {})
  emit({
    p: partition,
    o: Number(message.offset),
    k: encoded(message.key),
    n: value === null ? -1 : value.length,
    sha256: value === null ? null : crypto.createHash('sha256').update(value).digest('hex'),
    h: headers.flatMap(([name, content]) => [content].flat().map(each => [name, encoded(each)])),
  })
}

function parse(line) {
  const [codec, partition, key, value, headers] = line.split('\t')
  const pairs = headers.split(',').filter(Boolean).map(h => [h.slice(0, h.indexOf('=')), h.slice(h.indexOf('=') + 1)])
  return {
    codec,
    message: {
      partition: Number(partition),
      key: decoded(key),
      value: decoded(value),
      headers: Object.fromEntries(pairs.map(([name, content]) => [name, decoded(content)])),
    },
  }
}

async function produce(bootstrap, topic) {
  const producer = client(bootstrap).producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const send = async (codec, messages) => {
    const results = await producer.send({ topic, acks: -1, compression: CODECS[codec], messages })
    const next = Object.fromEntries(results.map(r => [r.partition, Number(r.baseOffset)]))
    for (const { partition } of messages) emit({ p: partition, o: next[partition]++ })
  }
  let batch = []
  let codec = null
  let bytes = 0
  const flush = async () => {
    if (batch.length) await send(codec, batch)
    batch = []
    bytes = 0
  }
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const record = parse(line)
    const size = record.message.value?.length ?? 0
    if (record.codec !== codec || bytes + size > 512 * 1024) await flush()
    codec = record.codec
    batch.push(record.message)
    bytes += size
  }
  await flush()
  await producer.disconnect()
}

const consumer = (bootstrap, groupId, sessionTimeout = 10000) =>
  client(bootstrap).consumer({
    groupId,
    sessionTimeout,
    heartbeatInterval: 500,
    rebalanceTimeout: 10000,
    maxBytesPerPartition: MAX_BYTES,
    maxBytes: 4 * MAX_BYTES,
    maxWaitTimeInMs: 200,
    allowAutoTopicCreation: false,
  })

// Alone in its group: if it were put out for being slow, it would begin anew and read twice.
async function consume(bootstrap, topic, count) {
  const reader = consumer(bootstrap, 'consume-' + crypto.randomUUID(), 60000)
  let left = Number(count)
  await reader.connect()
  await reader.subscribe({ topic, fromBeginning: true })
  await new Promise((resolve, reject) => {
    reader.on(reader.events.CRASH, ({ payload }) => reject(payload.error))
    if (left === 0) resolve()
    reader
      .run({
        autoCommit: false,
        partitionsConsumedConcurrently: 1,
        eachMessage: async ({ partition, message }) => {
          if (left > 0) emitRecord(partition, message)
          if (--left === 0) resolve()
        },
      })
      .catch(reject)
  })
  await reader.disconnect()
}

async function member(bootstrap, topic, group) {
  const joined = consumer(bootstrap, group)
  const positions = new Map()
  joined.on(joined.events.GROUP_JOIN, ({ payload }) =>
    emit({ assigned: [...(payload.memberAssignment[topic] ?? [])].sort((a, b) => a - b) }))
  await joined.connect()
  await joined.subscribe({ topic, fromBeginning: true })
  await joined.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      emitRecord(partition, message)
      positions.set(partition, String(Number(message.offset) + 1))
    },
  })
  for await (const command of readline.createInterface({ input: process.stdin })) {
    if (command === 'commit') {
      await joined.commitOffsets([...positions].map(([partition, offset]) => ({ topic, partition, offset })))
      emit({ committed: true })
    } else if (command === 'close') break
  }
  await joined.disconnect()
}

const [command, ...rest] = process.argv.slice(2)
;({ produce, consume, member })[command](...rest).then(
  () => process.exit(0),
  error => {
    console.error(error)
    process.exit(1)
  })
