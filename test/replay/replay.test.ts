import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { seededRandom, systemClock } from '../../src/clock.ts'
import { show } from '../../src/replay/command.ts'
import { type Recording, recordBooks } from '../../src/replay/recording.ts'
import { type Replay, replay } from '../../src/replay/replay.ts'
import { openStore } from '../../src/store/index.ts'
import type { Db } from '../../src/store/tables.ts'
import { onEveryDatabase } from '../support/databases.ts'
import type { World } from '../support/world.ts'
import { demoEvening, stormyEvening } from './evening.ts'

const deps = { clock: systemClock, random: seededRandom(1) }

const replayed = (recording: Db, window: { from?: number; to?: number } = {}): Promise<Replay> =>
  replay({ recording, connectors, random: seededRandom(5), ...window })

const unequal = ({ books }: Replay) =>
  books.filter(({ recordedHash, replayedHash }) => recordedHash !== replayedHash).map(({ book }) => book)

const expectSame = (found: Replay) => {
  expect([found.difference, unequal(found)]).toEqual([undefined, []])
  expect(found.replayedHash).toBe(found.recordedHash)
  expect(found.isSame).toBe(true)
}

onEveryDatabase((fresh) => {
  let playing: Promise<{ world: World; url: string }> | undefined
  const open: Recording[] = []
  afterEach(async () => {
    for (const recording of open.splice(0)) await recording.close()
  })
  afterAll(async () => await (await playing)?.world.close())

  const play = async () => {
    const url = await fresh()
    return { world: await stormyEvening(url), url }
  }

  /** The books of one evening, copied anew for everybody who asks. */
  async function recorded(): Promise<Db> {
    playing ??= play()
    const { world, url } = await playing
    const kind = url.startsWith('sqlite') ? 'sqlite' : 'postgres'
    const recording = await world.during(recordBooks(world.store, kind, deps))
    open.push(recording)
    return recording.db
  }

  describe('an evening of crashes, lost answers and changed minds', () => {
    it('comes to the same books when it is replayed from empty', async () => {
      const db = await recorded()
      const found = await replayed(db)
      expectSame(found)
      // Nothing of this would prove anything if nothing had happened.
      const causes = await db.selectFrom('rights_change').select('cause').distinct().execute()
      expect(causes.map(({ cause }) => cause)).toEqual(
        expect.arrayContaining(['adopted', 'booked', 'acknowledged', 'in doubt', 'looked', 'drift', 'export']),
      )
      const kinds = await db.selectFrom('movement').select('kind').distinct().execute()
      expect(kinds.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['receive', 'reserve', 'release', 'ship']))
      expect(await db.selectFrom('settled_again').select('id').execute()).not.toEqual([])
      expect(found.books.filter(({ recordedRows }) => recordedRows === 0)).toEqual([])
    }, 120_000)

    it('comes to the same in a window, with what was before fed silently', async () => {
      const db = await recorded()
      const { at } = await db
        .selectFrom('reading_receipt')
        .select('at')
        .orderBy('posted')
        .offset(100)
        .limit(1)
        .executeTakeFirstOrThrow()
      const whole = await replayed(db)
      const late = await replayed(db, { from: at })
      expectSame(late)
      expect(late.silently).toBeGreaterThan(50)
      expect(late.silently + late.deliveries).toBe(whole.deliveries)
      const early = await replayed(db, { to: at })
      expectSame(early)
      expect(early.deliveries).toBe(late.silently)
      const between = await replayed(db, { from: at, to: at + 60_000 })
      expectSame(between)
      expect(between.deliveries).toBeGreaterThan(0)
      expect(between.deliveries).toBeLessThan(late.deliveries)
    }, 120_000)
  })

  describe('a history that was tampered with', () => {
    it('is found out by a delivery', async () => {
      const db = await recorded()
      const head = await db
        .selectFrom('order_head')
        .selectAll()
        .where('account', '=', 'woocommerce-1')
        .limit(1)
        .executeTakeFirstOrThrow()
      const { body } = await db
        .selectFrom('inbox')
        .select('body')
        .where('id', '=', head.delivery)
        .executeTakeFirstOrThrow()
      const next = body.replaceAll('"quantity":', '"quantity":7')
      expect(next).not.toBe(body)
      await db.updateTable('inbox').set({ body: next }).where('id', '=', head.delivery).execute()
      const found = await replayed(db)
      expect(found.isSame).toBe(false)
      expect(found.replayedHash).not.toBe(found.recordedHash)
      expect(found.difference?.book).toBe('orders')
      expect(found.difference?.key).toContain(head.order_id)
    }, 120_000)

    it('is found out by a movement', async () => {
      const db = await recorded()
      const row = await db
        .selectFrom('movement')
        .selectAll()
        .where('kind', '=', 'reserve')
        .orderBy('id')
        .limit(1)
        .executeTakeFirstOrThrow()
      await db
        .updateTable('movement')
        .set({ reserved_delta: row.reserved_delta + 1 })
        .where('id', '=', row.id)
        .execute()
      const found = await replayed(db)
      expect(unequal(found)).toEqual(['movements'])
      expect(found.difference).toMatchObject({
        book: 'movements',
        column: 'reserved_delta',
        recorded: row.reserved_delta + 1,
        replayed: row.reserved_delta,
      })
      expect(found.difference?.key).toContain(`by delivery ${row.delivery}`)
      expect(show(found)).toContain('Different. The first difference is in movements: movement')
    }, 120_000)

    it.each(['balance', 'rights'] as const)(
      'is found out by a row of %s',
      async (table) => {
        const db = await recorded()
        if (table === 'balance')
          await db.updateTable('balance').set({ on_hand: 999 }).where('sku', '=', 'MUG').execute()
        else
          await db
            .updateTable('rights')
            .set((eb) => ({ entitlement: eb('entitlement', '+', 1) }))
            .where('account', '=', 'shopify-1')
            .execute()
        const found = await replayed(db)
        expect(unequal(found)).toEqual([table === 'balance' ? 'balances' : 'rights'])
        expect(found.difference?.column).toBe(table === 'balance' ? 'on_hand' : 'entitlement')
      },
      120_000,
    )

    it('is found out by the answer to a write, and by what was written', async () => {
      const db = await recorded()
      const line = await db
        .selectFrom('rights_change')
        .selectAll()
        .where('cause', '=', 'acknowledged')
        .orderBy('id')
        .limit(1)
        .executeTakeFirstOrThrow()
      const call = await db
        .selectFrom('call')
        .selectAll()
        .where('key', '=', line.call_key ?? '')
        .executeTakeFirstOrThrow()
      const outcome = String(call.outcome).replaceAll('"ok":true', '"ok":false')
      await db.updateTable('call').set({ outcome }).where('key', '=', call.key).execute()
      const refused = await replayed(db)
      expect(refused.difference?.key).toContain(line.id)
      expect(refused.difference?.replayed).toContain('the answer kept with its call says that it was not')

      const rows = call.rows.replaceAll(/"(to|by)":(-?\d+)/g, (_all, name, units) => `"${name}":${Number(units) + 3}`)
      expect(rows).not.toBe(call.rows)
      await db.updateTable('call').set({ outcome: call.outcome, rows }).where('key', '=', call.key).execute()
      const other = await replayed(db)
      expect(unequal(other)).toContain('rights')
      expect(other.difference?.book).toBe('rights')
    }, 120_000)

    it('is found out by a look, whose step was changed', async () => {
      const db = await recorded()
      const line = await db
        .selectFrom('rights_change')
        .selectAll()
        .where('cause', 'in', ['looked', 'drift'])
        .orderBy('id')
        .limit(1)
        .executeTakeFirstOrThrow()
      const step = String(line.step).replace(/"shownUnits":\d+/, '"shownUnits":77')
      await db.updateTable('rights_change').set({ step }).where('id', '=', line.id).execute()
      const found = await replayed(db)
      expect(found.difference).toMatchObject({ book: 'rights', column: 'step' })
      expect(found.difference?.key).toContain(line.id)
    }, 120_000)
  })

  it('says when the history does not reach back to its beginning', async () => {
    const db = await recorded()
    const { id } = await db.selectFrom('inbox').select('id').orderBy('id').limit(1).executeTakeFirstOrThrow()
    await db.deleteFrom('inbox').where('id', '=', id).execute()
    await expect(replayed(db)).rejects.toThrow('does not reach back to its beginning: 1 of the deliveries')
  }, 120_000)
})

describe('a recorded demo evening', () => {
  const cli = join(import.meta.dirname, '../../src/cli.ts')
  const folder = mkdtempSync(join(tmpdir(), 'onhand-demo-evening-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const onhand = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const child = spawn(process.execPath, [cli, 'replay', ...args], { cwd: folder, env: {} })
      const heard = { out: '', err: '' }
      child.stdout.on('data', (data) => {
        heard.out += String(data)
      })
      child.stderr.on('data', (data) => {
        heard.err += String(data)
      })
      child.on('close', (code) => resolve({ code, ...heard }))
    })

  it('replays to the same from the command line, while its program is running', async () => {
    const url = `sqlite:${join(folder, 'onhand.db')}`
    const world = await demoEvening(url)
    try {
      const whole = await onhand('--database', url)
      expect(whole.err).toBe('')
      expect(whole.out).toContain('\nThe same.\n')
      expect(whole.out).toMatch(/^movements +[1-9]/m)
      expect(whole.code).toBe(0)

      const from = new Date(world.clock.now() - 100_000).toISOString()
      const late = await onhand('--database', url, '--from', from)
      expect(late.out).toMatch(/Before them \d+ deliveries were fed silently/)
      expect(late.code).toBe(0)
      const told = await onhand('--database', url, '--json')
      expect(JSON.parse(told.out)).toMatchObject({ isSame: true })

      await world.store.db.updateTable('movement').set({ on_hand_delta: 31 }).where('on_hand_delta', '=', 30).execute()
      const wrong = await onhand('--database', url)
      expect(wrong.out).toContain(
        'Different. The first difference is in movements: movement 1 (receive of MUG by delivery',
      )
      expect(wrong.out).toContain('recorded  31\n  replayed  30\n')
      expect(wrong.code).toBe(3)
    } finally {
      await world.close()
    }
  }, 120_000)

  it('says what it cannot read', async () => {
    expect(await onhand('--database', 'sqlite:nowhere.db')).toEqual({
      code: 1,
      out: '',
      err: 'There is no database at nowhere.db.\n',
    })
    expect(await onhand('--from', 'yesterday')).toMatchObject({ code: 2, out: '' })
    const empty = `sqlite:${join(folder, 'empty.db')}`
    await (await openStore(empty, deps)).close()
    const nothing = await onhand('--database', empty)
    expect(nothing).toMatchObject({ code: 0, err: '' })
    expect(nothing.out).toContain('Replayed into empty books: 0 deliveries')
  }, 60_000)
})
