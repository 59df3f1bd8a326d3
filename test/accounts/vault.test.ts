import { describe, expect, it } from 'vitest'
import { createVault } from '../../src/accounts/vault.ts'

const key = (byte: number) => new Uint8Array(32).fill(byte)
const secret = { token: 'shpat_very_secret', nested: { n: 1 } }

describe('the vault', () => {
  it('gives back what was sealed, and never seals alike', async () => {
    const vault = await createVault(key(1))
    const [a, b] = [await vault.seal(secret), await vault.seal(secret)]
    expect(a).not.toBe(b)
    expect(a).not.toContain('secret')
    expect(await vault.open(a)).toEqual(secret)
    expect(await (await createVault(key(1))).open(b)).toEqual(secret)
  })

  it('says so when it was sealed under another key', async () => {
    const sealed = await (await createVault(key(1))).seal(secret)
    await expect((await createVault(key(2))).open(sealed)).rejects.toThrow('another SECRET_KEY')
  })

  it('refuses whatever was changed', async () => {
    const vault = await createVault(key(1))
    const [version, id, iv, sealed] = (await vault.seal(secret)).split('.')
    const turned = (text = '') => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
    for (const broken of [
      [version, id, turned(iv), sealed],
      [version, id, iv, turned(sealed)],
      [version, id, iv, sealed?.slice(0, -4)],
      ['v2', id, iv, sealed],
      [version, id],
      [''],
    ])
      await expect(vault.open(broken.join('.'))).rejects.toThrow()
  })
})
