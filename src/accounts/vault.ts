/** Seals credentials at rest with AES-256-GCM under the installation's secret key. */

export interface Vault {
  seal(value: unknown): Promise<string>
  /** Throws when the text was sealed under another key or was changed. */
  open(sealed: string): Promise<unknown>
}

const ivBytes = 12

/** `secretKey`: 32 bytes. A sealed text is `v1.KEYID.IV.CIPHERTEXT`; the key id is the start of the key's hash. */
export async function createVault(secretKey: Uint8Array): Promise<Vault> {
  const raw = new Uint8Array(secretKey)
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const keyId = Buffer.from(await crypto.subtle.digest('SHA-256', raw))
    .toString('base64url')
    .slice(0, 8)

  return {
    async seal(value) {
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv },
        key,
        new TextEncoder().encode(JSON.stringify(value)),
      )
      return ['v1', keyId, Buffer.from(iv).toString('base64url'), Buffer.from(sealed).toString('base64url')].join('.')
    },
    async open(text) {
      const [version, id, iv, sealed] = text.split('.')
      if (version !== 'v1' || !iv || !sealed) throw new Error('These credentials were not sealed by this program.')
      if (id !== keyId)
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
