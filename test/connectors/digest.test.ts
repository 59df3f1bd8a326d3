import crypto from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Digests, digests, nodeDigests, webDigests } from '../../connectors/digest.ts'

const ways: readonly (readonly [string, Digests])[] = [
  ['Node', nodeDigests(crypto)],
  ['Web Crypto', webDigests],
]

const macOf = (secret: string, message: Uint8Array) =>
  new Uint8Array(crypto.createHmac('sha256', secret).update(message).digest())
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 300 })
const someSecret = fc.string({ minLength: 1, maxLength: 100, unit: 'binary' })

describe.each(ways)('digests by %s', (_, { isSigned, sha256Hex }) => {
  it('know the published example (RFC 4231, test case 2)', async () => {
    const message = new TextEncoder().encode('what do ya want for nothing?')
    const mac = Buffer.from('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'hex')
    expect(await isSigned('Jefe', new Uint8Array(mac), message)).toBe(true)
    expect(await sha256Hex(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('accept a signature, and none that differs in one bit of message, secret or itself', async () => {
    await fc.assert(
      fc.asyncProperty(someSecret, someBytes, fc.nat(), async (secret, message, at) => {
        const mac = macOf(secret, message)
        const flipped = (bytes: Uint8Array) => {
          const copy = new Uint8Array(bytes)
          copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ (1 << (at % 8))
          return copy
        }
        expect(await isSigned(secret, mac, message)).toBe(true)
        expect(await isSigned(secret, mac, flipped(message))).toBe(false)
        expect(await isSigned(secret, flipped(mac), message)).toBe(false)
        expect(await isSigned(`${secret}x`, mac, message)).toBe(false)
      }),
    )
  })

  it('refuse an empty secret and a signature of any other length', async () => {
    const message = new Uint8Array([1, 2, 3])
    expect(await isSigned('', macOf('', message), message)).toBe(false)
    const mac = macOf('secret', message)
    for (const wrong of [new Uint8Array(), mac.slice(0, 31), new Uint8Array([...mac, 0])])
      expect(await isSigned('secret', wrong, message)).toBe(false)
  })

  it('take a view of a larger buffer for what it shows', async () => {
    const view = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4)
    const exact = new Uint8Array([1, 2, 3])
    expect(await sha256Hex(view)).toBe(await sha256Hex(exact))
    expect(await isSigned('secret', macOf('secret', exact), view)).toBe(true)
  })
})

it('digests come at once on Node', () => {
  expect(digests.sha256Hex(new Uint8Array())).toBeTypeOf('string')
})
