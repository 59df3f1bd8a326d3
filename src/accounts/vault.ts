/** Seals credentials at rest with AES-256-GCM under the installation's secret key; older keys still open what they sealed. */

export interface Vault {
  /** Of the key that seals. */
  readonly keyId: string
  /** Of every key that opens, the sealing one among them. */
  readonly keyIds: readonly string[]
  seal(value: unknown): Promise<string>
  /** Throws when the text was sealed under a key that is not here, or was changed. */
  open(sealed: string): Promise<unknown>
}

const ivBytes = 12

interface Key {
  readonly id: string
  readonly key: CryptoKey
}

/** The key id is the start of the key's hash: it tells keys apart and nothing about them. */
async function keyOf(secretKey: Uint8Array): Promise<Key> {
  const raw = new Uint8Array(secretKey)
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const id = Buffer.from(await crypto.subtle.digest('SHA-256', raw))
    .toString('base64url')
    .slice(0, 8)
  return { id, key }
}

/** The key that a sealed text names, or undefined when it is not a sealed text. */
export const keyIdOf = (sealed: string): string | undefined => /^v1\.([\w-]{8})\./.exec(sealed)?.[1]

/** Keys: 32 bytes each; the first one seals, `oldKeys` only open. A sealed text is `v1.KEYID.IV.CIPHERTEXT`. */
export async function createVault(secretKey: Uint8Array, oldKeys: readonly Uint8Array[] = []): Promise<Vault> {
  const current = await keyOf(secretKey)
  const old = await Promise.all(oldKeys.map(keyOf))
  const keys = new Map([...old, current].map(({ id, key }) => [id, key]))

  return {
    keyId: current.id,
    keyIds: [...keys.keys()],
    async seal(value) {
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv },
        current.key,
        new TextEncoder().encode(JSON.stringify(value)),
      )
      return ['v1', current.id, Buffer.from(iv).toString('base64url'), Buffer.from(sealed).toString('base64url')].join(
        '.',
      )
    },
    async open(text) {
      const [version, id, iv, sealed] = text.split('.')
      if (version !== 'v1' || !id || !iv || !sealed)
        throw new Error('These credentials were not sealed by this program.')
      const key = keys.get(id)
      if (!key)
        throw new Error(
          'These credentials were sealed under another SECRET_KEY. Restore that key, or connect the shop again.',
        )
      const open = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: Buffer.from(iv, 'base64url') },
        key,
        Buffer.from(sealed, 'base64url'),
      )
      return JSON.parse(new TextDecoder().decode(open))
    },
  }
}
