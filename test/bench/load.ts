/** Load over loopback: keep-alive connections that each send the next request as soon as the last one is answered. */

import { connect, type Socket } from 'node:net'

export interface LoadResult {
  readonly answered: number
  readonly latenciesMs: readonly number[]
  readonly elapsedMs: number
}

const readBytes = 4096
/** The only answer that counts: its head is all of it, so that nothing has to be parsed to know where it ends. */
const emptyOk = /^HTTP\/1\.1 200 .*\r\ncontent-length: 0\r\n.*\r\n\r\n$/is

/**
 * Sends `requests` (whole HTTP requests as bytes) over so many connections; stops early after `withinMs`. Rejects on any answer
 * but an empty 200. Callbacks and one buffer per connection: client and server share the machine, and a dear client would
 * hide what the server can do.
 */
export function load(options: {
  port: number
  connections: number
  requests: readonly Uint8Array[]
  withinMs: number
}): Promise<LoadResult> {
  const { requests, port } = options
  const latenciesMs: number[] = []
  const startedAt = performance.now()
  let next = 0
  let open = options.connections

  return new Promise((resolve, reject) => {
    function drive(): void {
      let sentAt = 0
      let text = ''
      const onread = { buffer: Buffer.alloc(readBytes), callback: receive }
      const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true, onread }, send)
      socket.once('error', reject)
      socket.once('end', () => reject(new Error('The server closed a connection.')))
      socket.once('close', () => {
        if (--open === 0)
          resolve({ answered: latenciesMs.length, latenciesMs, elapsedMs: performance.now() - startedAt })
      })

      function send(): void {
        sentAt = performance.now()
        const request = requests[next]
        if (!request || sentAt - startedAt > options.withinMs) return void socket.destroy()
        next++
        socket.write(request)
      }

      function receive(bytes: number, chunk: Uint8Array): boolean {
        text += Buffer.from(chunk.buffer, chunk.byteOffset, bytes).toString('latin1')
        if (!text.includes('\r\n\r\n')) return true
        if (!emptyOk.test(text)) {
          socket.destroy(new Error(`Not an empty 200: ${text}`))
          return true
        }
        text = ''
        latenciesMs.push(performance.now() - sentAt)
        send()
        return true
      }
    }
    for (let n = 0; n < options.connections; n++) drive()
  })
}
