/** Web Crypto works on threads of its own, unseen by the event loop: brought into the loop, so that virtual time is the same every time. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Rare, and slow enough to stay on a thread: counted, so that virtual time stands still meanwhile. */
const counted = ['importKey', 'encrypt', 'decrypt', 'deriveBits', 'sign', 'verify', 'digest'] as const

let underway = 0
let waiting: (() => void)[] = []
let isWatching = false

function ended(): void {
  underway--
  if (underway > 0) return
  const all = waiting
  waiting = []
  for (const go of all) go()
}

/**
 * What it returns resolves when no operation of Web Crypto is under way, and gives undefined when none is.
 * One count for the process: it has one Web Crypto. Hashes and HMACs are computed at once, by the same OpenSSL:
 * threads end in an order that no seed decides.
 */
export function watchCryptoWork(): () => Promise<void> | undefined {
  if (!isWatching) {
    isWatching = true
    for (const name of counted) count(name)
    computeAtOnce()
  }
  return () => (underway === 0 ? undefined : new Promise<void>((resolve) => waiting.push(resolve)))
}

function replace(name: string, value: unknown): void {
  Object.defineProperty(crypto.subtle, name, { configurable: true, value })
}

function count(name: (typeof counted)[number]): void {
  const { subtle } = crypto
  const original: unknown = Reflect.get(subtle, name)
  if (typeof original !== 'function') return
  replace(name, (...given: unknown[]) => {
    underway++
    const work: Promise<unknown> = Reflect.apply(original, subtle, given)
    work.then(ended, ended)
    return work
  })
}

/** SHA-256 and HMAC with it; whatever else is asked stays with Web Crypto. */
function computeAtOnce(): void {
  const { digest, importKey, sign, verify } = crypto.subtle
  /** What each key was made of: a key itself does not tell. */
  const secrets = new WeakMap<CryptoKey, Uint8Array>()
  const hmac = (secret: Uint8Array, data: BufferSource) => createHmac('sha256', secret).update(bytesOf(data)).digest()
  replace('importKey', async (...given: Parameters<SubtleCrypto['importKey']>) => {
    const key = await Reflect.apply(importKey, crypto.subtle, given)
    const [format, secret] = given
    // Safe: the raw format is given as bytes.
    if (format === 'raw' && isHmacSha256(key)) secrets.set(key, Uint8Array.from(bytesOf(secret as BufferSource)))
    return key
  })
  replace('digest', (algorithm: AlgorithmIdentifier, data: BufferSource) =>
    algorithm === 'SHA-256'
      ? Promise.resolve(bufferOf(createHash('sha256').update(bytesOf(data)).digest()))
      : digest.call(crypto.subtle, algorithm, data),
  )
  replace('sign', (algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource) => {
    const secret = secrets.get(key)
    return secret ? Promise.resolve(bufferOf(hmac(secret, data))) : sign.call(crypto.subtle, algorithm, key, data)
  })
  replace('verify', (algorithm: AlgorithmIdentifier, key: CryptoKey, told: BufferSource, data: BufferSource) => {
    const secret = secrets.get(key)
    if (!secret) return verify.call(crypto.subtle, algorithm, key, told, data)
    const right = hmac(secret, data)
    return Promise.resolve(right.length === bytesOf(told).length && timingSafeEqual(bytesOf(told), right))
  })
}

function isHmacSha256({ algorithm }: CryptoKey): boolean {
  // Safe: the algorithm of an HMAC key names its hash.
  return algorithm.name === 'HMAC' && (algorithm as HmacKeyAlgorithm).hash.name === 'SHA-256'
}

const bytesOf = (data: BufferSource): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)

const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
