/** Plants known faults in a private copy of the source, one at a time: each must be found by the simulator. */

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPlayers } from './players.ts'
import { lawOf } from './shrink.ts'

interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

interface Planted {
  readonly fault: string
  readonly edits: readonly Edit[]
}

export const plants: readonly Planted[] = [
  {
    fault: 'skip the hold',
    edits: [
      {
        file: 'src/planner/rights.ts',
        find: 'const hold = inFlight.ceiling - entitlement\n',
        replace: 'const hold = by < 0 ? rest.hold : inFlight.ceiling - entitlement\n',
      },
    ],
  },
  {
    fault: "trust a webhook's stock",
    edits: [
      {
        file: 'connectors/shopify/hints.ts',
        find: "  return [{ kind: 'hint', wanted: { kind: 'stock', ids: [register] } }]\n}\n\n/** Every variant has an item",
        replace:
          "  const availableUnits = Number((body as { available?: unknown }).available)\n  return [{ kind: 'stock', level: { register, availableUnits, committedUnits: 0 } }]\n}\n\n/** Every variant has an item",
      },
    ],
  },
  {
    fault: 'resend after an unknown outcome',
    edits: [
      {
        file: 'src/dispatcher/calls.ts',
        find: 'if (!call.repeatable || !isOpen ||',
        replace: 'if (!isOpen ||',
      },
    ],
  },
  {
    fault: 'drop the sum over shared components',
    edits: [
      {
        file: 'src/planner/policy-board.ts',
        find: 'for (let at = 0; at < parts.length; at += 1) {',
        replace: 'for (let at = 0; at < 1; at += 1) {',
      },
      {
        file: 'src/planner/guard.ts',
        find: 'for (const { sku, units: perSale } of parts)',
        replace: 'for (const { sku, units: perSale } of parts.slice(0, 1))',
      },
      {
        file: 'src/planner/guard.ts',
        find: 'Math.min(...parts.map(',
        replace: 'Math.min(...parts.slice(0, 1).map(',
      },
    ],
  },
  {
    fault: 'forget a write in flight',
    edits: [
      {
        file: 'src/planner/rights.ts',
        find: 'rights.op?.ceiling ?? rights.entitlement + rights.hold',
        replace: 'rights.entitlement + rights.hold',
      },
    ],
  },
  {
    fault: 'count an export as a foreign sale',
    edits: [
      {
        file: 'src/ledger/orders.ts',
        find: 'const unlinkedLines = isCopy\n',
        replace: "const unlinkedLines = isCopy && order.id === 'none'\n",
      },
    ],
  },
  {
    fault: 'restock an exported cancel uncharged',
    edits: [
      {
        file: 'src/dispatcher/restock.ts',
        find: "if (!channel.abilities.createdOrdersTakeStock) return { kind: 'restock' }",
        replace: "if (channel.abilities.createsOrders) return { kind: 'restock' }",
      },
    ],
  },
]

export const root = join(import.meta.dirname, '../..')
const copied = ['src', 'connectors', 'mappings', 'test', 'package.json']
const seedsMax = 2000

/** True when every fault was planted, and found. */
export async function findPlanted(workers: number, say: (text: string) => void): Promise<boolean> {
  let isComplete = true
  for (const planted of plants) {
    const copy = mkdtempSync(join(tmpdir(), 'onhand-planted-'))
    try {
      plant(copy, planted)
      const found = await search(copy, workers)
      say(
        `${planted.fault}: ${found ? `found by seed ${found.seed} (${found.law})` : `NOT FOUND in ${seedsMax} seeds`}`,
      )
      if (found) say(`    ${found.fault.slice(0, 300)}`)
      else isComplete = false
    } catch (error) {
      say(`${planted.fault}: ${error instanceof Error ? error.message : error}`)
      isComplete = false
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  }
  return isComplete
}

function plant(copy: string, { edits }: Planted): void {
  for (const name of copied) cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const { file, find, replace } of edits) {
    const path = join(copy, file)
    const text = readFileSync(path, 'utf8')
    if (text.split(find).length !== 2) throw new Error(`NOT PLANTED: ${file} does not say this exactly once: ${find}`)
    writeFileSync(
      path,
      text.replace(find, () => replace),
    )
  }
}

interface Found {
  readonly seed: number
  readonly law: string
  readonly fault: string
}

/** Plays seeds from 1 on until one fails. */
async function search(copy: string, workers: number): Promise<Found | undefined> {
  const players = openPlayers(Math.max(2, workers), undefined, join(copy, 'test/sim/child.ts'))
  let next = 1
  const all: Found[] = []
  await Promise.all(
    players.map(async (player) => {
      while (next <= seedsMax && all.length === 0) {
        const story = await player.play(next++)
        const [fault] = story.faults
        if (fault !== undefined) all.push({ seed: story.seed, law: lawOf(story), fault })
      }
    }),
  )
  for (const player of players) player.close()
  return all.sort((a, b) => a.seed - b.seed)[0]
}
