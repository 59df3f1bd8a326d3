/** The only place that knows the wall clock, timers and randomness; everything else is handed these ports. */

export interface Clock {
  /** Milliseconds since 1970 UTC. May jump; use it for what people and shops read. */
  now(): number
  /** Milliseconds that never run backwards. Use it for waiting and deadlines. */
  monotonic(): number
  /** Resolves after `ms`; rejects with an AbortError when `signal` aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  /** A float in [0, 1). */
  next(): number
  /** A new unguessable id: safe as an idempotency key. */
  uuid(): string
}

export type Fetch = (request: Request) => Promise<Response>

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        },
        Math.max(0, ms),
      )
      signal?.addEventListener('abort', stop, { once: true })
    })
  },
}

export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => crypto.randomUUID(),
}

/** The same numbers for the same seed, on every machine (mulberry32). Its uuids are guessable: tests and sandboxes only. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const hex = (digits: number) =>
    Math.floor(next() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0')
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(6)}${hex(6)}`
  return { next, uuid }
}
