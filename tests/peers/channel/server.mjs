// A gRPC server on node's own http2 module, for tests of the client. See conftest.py for what it can be told.
import fs from 'node:fs'
import http2 from 'node:http2'
import readline from 'node:readline'
import zlib from 'node:zlib'

const options = JSON.parse(process.argv[2])
const { NGHTTP2_REFUSED_STREAM, NGHTTP2_INTERNAL_ERROR } = http2.constants
const runs = new Map()
const sessions = new Set()
let held = []
let sent = 0

// google.protobuf.StringValue: one field, number 1, length-delimited.
function textOf(wire) {
  if (wire.length < 7 || wire.length > 1000) return ''
  let at = 6
  let size = 0
  for (let shift = 0; ; shift += 7) {
    const byte = wire[at++]
    size |= (byte & 127) << shift
    if (!(byte & 128)) return wire.subarray(at, at + size).toString()
  }
}

function wireOf(text) {
  const body = Buffer.from(text)
  const size = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7]
  return framed(Buffer.concat([Buffer.from([10, ...size]), body]), 0)
}

function framed(body, flag) {
  const prefix = Buffer.alloc(5)
  prefix[0] = flag
  prefix.writeUInt32BE(body.length, 1)
  return Buffer.concat([prefix, body])
}

function begin(stream, headers = {}) {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...headers }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
}

function answer(stream, wire) {
  begin(stream)
  stream.end(wire)
}

function unary(stream, wire) {
  const text = textOf(wire)
  if (text === 'held') return answer(stream, wireOf(String(held.length)))
  if (text === 'sent') return answer(stream, wireOf(String(sent)))
  if (text.startsWith('runs ')) return answer(stream, wireOf(String(runs.get(text.slice(5)) ?? 0)))
  runs.set(text, (runs.get(text) ?? 0) + 1)
  if (text.startsWith('hold')) return held.push(() => answer(stream, wire))
  if (text.startsWith('refuse') && runs.get(text) === 1) return stream.close(NGHTTP2_REFUSED_STREAM)
  if (text === 'reset') return stream.close(NGHTTP2_INTERNAL_ERROR)
  if (text.startsWith('status ')) {
    const [, code, message] = text.split(' ')
    return stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': code, 'grpc-message': message },
      { endStream: true },
    )
  }
  if (text.startsWith('gzip')) {
    begin(stream, { 'grpc-encoding': 'gzip' })
    return stream.end(framed(zlib.gzipSync(wire.subarray(5)), 1))
  }
  return answer(stream, wire)
}

function stream_(stream, wire) {
  const [count, size] = textOf(wire).split(' ').map(Number)
  const message = wireOf('x'.repeat(size))
  let left = count
  const more = () => {
    while (left > 0) {
      left -= 1
      sent += 1
      if (!stream.write(message)) return stream.once('drain', more)
    }
    stream.end()
  }
  begin(stream)
  more()
}

function serve(stream, headers) {
  const chunks = []
  stream.on('error', () => {})
  stream.on('data', (chunk) => chunks.push(chunk))
  stream.on('end', () => (headers[':path'].endsWith('/Stream') ? stream_ : unary)(stream, Buffer.concat(chunks)))
}

const settings = { settings: { maxConcurrentStreams: options.streams ?? 1000, initialWindowSize: 1 << 20 } }
const tls = options.tls && {
  cert: fs.readFileSync(options.tls.cert),
  key: fs.readFileSync(options.tls.key),
  ca: fs.readFileSync(options.tls.ca),
  requestCert: Boolean(options.tls.mutual),
  rejectUnauthorized: Boolean(options.tls.mutual),
  allowHTTP1: true,
}
const server = tls ? http2.createSecureServer({ ...settings, ...tls }) : http2.createServer(settings)
server.on('request', (request, response) => response.end('over HTTP/1.1'))
server.removeAllListeners('stream') // node would give HTTP/2 to the listener above, too
server.on('stream', serve)
server.on('session', (session) => {
  session.setLocalWindowSize(1 << 22)
  sessions.add(session)
  session.on('close', () => sessions.delete(session))
  session.on('error', () => {})
})

const commands = {
  release: () => held.splice(0).forEach((go) => go()),
  goaway: () => sessions.forEach((session) => session.close()),
  abort: () => sessions.forEach((session) => session.destroy(undefined, NGHTTP2_INTERNAL_ERROR)),
}
readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    commands[line]()
    console.log(JSON.stringify({ done: line }))
  })
  .on('close', () => process.exit())
server.listen(options.port ?? 0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))
