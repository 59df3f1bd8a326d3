/** SHA-256 and its HMAC: at once where the runtime can (Node), by Web Crypto where it cannot (the edge). */

export interface Digests {
  /** Whether `mac` is the HMAC-SHA256 of these bytes; compares in constant time. False for an empty secret and any other length. */
  isSigned(secret: string, mac: Uint8Array<ArrayBuffer>, message: Uint8Array): boolean | Promise<boolean>
  /** In lower-case hex. */
  sha256Hex(bytes: Uint8Array): string | Promise<string>
}

type NodeCrypto = typeof import('node:crypto')

const macBytes = 32
const utf8 = new TextEncoder()

/** Web Crypto hashes on threads: for a webhook's few kilobytes the way there and back costs ten times the hash. */
export function nodeDigests({ createHmac, hash, timingSafeEqual }: NodeCrypto): Digests {
  return {
    isSigned: (secret, mac, message) =>
      secret !== '' &&
      mac.length === macBytes &&
      timingSafeEqual(createHmac('sha256', secret).update(message).digest(), mac),
    sha256Hex: (bytes) => hash('sha256', bytes, 'hex'),
  }
}

export const webDigests: Digests = {
  async isSigned(secret, mac, message) {
    if (secret === '' || mac.length !== macBytes) return false
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('raw', utf8.encode(secret), algorithm, false, ['verify'])
    return crypto.subtle.verify('HMAC', key, mac, owned(message))
  },
  async sha256Hex(bytes) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', owned(bytes)))
    return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  },
}

/** Web Crypto takes no view of memory that is shared between threads. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

/** Asked for by name at run time, so that no bundle for the edge names a module of Node. */
const node: NodeCrypto | undefined = globalThis.process?.getBuiltinModule?.('node:crypto')

export const digests: Digests = node ? nodeDigests(node) : webDigests
