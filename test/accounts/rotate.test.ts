/** A new key: everything is moved under it, also when the move is cut off, and nothing newer is lost by it. */

import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { readSeals, rotate } from '../../src/accounts/rotate.ts'
import { createVault, keyIdOf, type Vault } from '../../src/accounts/vault.ts'
import { seededRandom } from '../../src/clock.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { openStore } from '../../src/store/index.ts'
import type { AccountTable } from '../../src/store/tables.ts'
import { onEveryDatabase } from '../support/databases.ts'
import { sampleRows } from '../support/sample-rows.ts'

/** Safe: the sample is a row of this very table. */
const accountRow = sampleRows.account[0]?.row as unknown as AccountTable

const key = (byte: number) => new Uint8Array(32).fill(byte)

onEveryDatabase((fresh) => {
  describe('a rotation', () => {
    async function setUp(accounts = 5) {
      const store = await openStore(await fresh(), { clock: virtualClock(), random: seededRandom(1) })
      onTestFinished(() => store.close())
      const old = await createVault(key(1))
      for (let n = 0; n < accounts; n++) {
        const row = { ...accountRow, id: `a${n}`, shop: `s${n}`, credentials: await old.seal({ token: `token-${n}` }) }
        await store.db.insertInto('account').values(row).execute()
      }
      const vault = await createVault(key(2), [key(1)])
      const opened = async (by: Vault) => {
        const rows = await store.db.selectFrom('account').select('credentials').orderBy('id').execute()
        return await Promise.all(
          rows.map(async ({ credentials }) => z.object({ token: z.string() }).parse(await by.open(credentials)).token),
        )
      }
      const tokens = Array.from({ length: accounts }, (_, n) => `token-${n}`)
      return { store, old, vault, opened, tokens }
    }

    it('moves every credential; the old key is needed until then and not after', async () => {
      const { store, old, vault, opened, tokens } = await setUp()
      expect(await readSeals(store.db, vault)).toEqual({
        keyId: vault.keyId,
        byKey: { [old.keyId]: 5 },
        waiting: 5,
        lost: 0,
      })
      expect(await opened(vault)).toEqual(tokens)
      expect(await rotate(store.db, vault)).toBe(5)
      const alone = await createVault(key(2))
      expect(await readSeals(store.db, alone)).toEqual({
        keyId: vault.keyId,
        byKey: { [vault.keyId]: 5 },
        waiting: 0,
        lost: 0,
      })
      expect(await opened(alone)).toEqual(tokens)
      await expect(opened(old)).rejects.toThrow('another SECRET_KEY')
      expect(await rotate(store.db, vault)).toBe(0)
    })

    it('that is killed goes on where it was', async () => {
      const { store, vault, opened, tokens } = await setUp()
      let seals = 0
      const dying: Vault = {
        ...vault,
        seal(value) {
          if (++seals > 2) throw new Error('killed')
          return vault.seal(value)
        },
      }
      await expect(rotate(store.db, dying)).rejects.toThrow('killed')
      expect(await readSeals(store.db, vault)).toMatchObject({ waiting: 3 })
      expect(await opened(vault)).toEqual(tokens)
      expect(await rotate(store.db, vault)).toBe(3)
      expect(await opened(await createVault(key(2)))).toEqual(tokens)
    })

    it('leaves alone what was renewed while it ran', async () => {
      const { store, vault, opened, tokens } = await setUp(2)
      const racing: Vault = {
        ...vault,
        async seal(value) {
          const credentials = await vault.seal({ token: 'renewed' })
          await store.db.updateTable('account').set({ credentials }).where('id', '=', 'a1').execute()
          return await vault.seal(value)
        },
      }
      expect(await rotate(store.db, racing)).toBe(1)
      expect(await opened(vault)).toEqual([tokens[0], 'renewed'])
    })

    it('without the old key changes nothing and says so', async () => {
      const { store, old, opened, tokens } = await setUp(2)
      const stranger = await createVault(key(3))
      expect(await readSeals(store.db, stranger)).toMatchObject({ waiting: 2, lost: 2 })
      await expect(rotate(store.db, stranger)).rejects.toThrow('another SECRET_KEY')
      expect(await opened(old)).toEqual(tokens)
    })
  })
})

it('a text that is not sealed names no key', () => {
  expect([keyIdOf(''), keyIdOf('{"token":"x"}'), keyIdOf('v2.12345678.a.b')]).toEqual([undefined, undefined, undefined])
})
