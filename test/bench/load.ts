/** Load over loopback: keep-alive connections that each send the next request as soon as the last one is answered. */

import { connect, type Socket } from 'node:net'

export interface LoadResult {
  readonly answered: number
  /** Answers whose status was not 200. */
  readonly refused: number
  readonly latenciesMs: readonly number[]
  readonly elapsedMs: number
}

const headerEnd = '\r\n\r\n'
const emptyChunks = '0\r\n\r\n'

/**
 * Sends `requests` (whole HTTP requests as bytes) over so many connections; stops early after `withinMs`.
 * Answers must have no body: only their heads are read, so that the load costs little beside the server.
 */
export async function load(options: {
  port: number
  connections: number
  requests: readonly Uint8Array[]
  withinMs: number
}): Promise<LoadResult> {
  const { requests } = options
  const latenciesMs: number[] = []
  let next = 0
  let refused = 0
  const startedAt = performance.now()

  async function drive(socket: Socket): Promise<void> {
    const answers = heads(socket)
    while (next < requests.length && performance.now() - startedAt < options.withinMs) {
      const request = requests[next++]
      if (!request) break
      const sentAt = performance.now()
      socket.write(request)
      const head = await answers()
      latenciesMs.push(performance.now() - sentAt)
      if (!head.startsWith('HTTP/1.1 200 ')) refused++
    }
    socket.destroy()
  }

  const sockets = await Promise.all(Array.from({ length: options.connections }, () => open(options.port)))
  await Promise.all(sockets.map(drive))
  return { answered: latenciesMs.length, refused, latenciesMs, elapsedMs: performance.now() - startedAt }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** The head of each answer as it is complete; fails when the server hangs up. */
function heads(socket: Socket): () => Promise<string> {
  let text = ''
  let waiting: { done: (head: string) => void; failed: (error: Error) => void } | undefined
  const hand = () => {
    const end = text.indexOf(headerEnd)
    if (end < 0 || !waiting) return
    const head = text.slice(0, end)
    // An empty body in chunks is one chunk of none.
    const body = /transfer-encoding: chunked/i.test(head) ? emptyChunks.length : 0
    if (text.length < end + headerEnd.length + body) return
    text = text.slice(end + headerEnd.length + body)
    const { done } = waiting
    waiting = undefined
    done(head)
  }
  socket.setEncoding('latin1')
  socket.on('data', (chunk) => {
    text += String(chunk)
    hand()
  })
  socket.on('close', () => waiting?.failed(new Error('The server closed a connection.')))
  return () =>
    new Promise((done, failed) => {
      waiting = { done, failed }
      hand()
    })
}
