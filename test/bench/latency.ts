/** How soon the other shops know of a sale: the demo's evening in real time, on loopback, under the demo shops' limits. */

import { systemRandom } from '../../src/clock.ts'
import { openTwin } from '../../src/sandbox/demo/twin.ts'
import { type Bench, type Figure, quantile } from './report.ts'

interface Told {
  readonly accounts: readonly {
    readonly platform: string
    readonly latency: { readonly publications: number; readonly p50Ms: number | null; readonly p95Ms: number | null }
  }[]
}

const quickMs = 8000
const seed = 1

export const latency: Bench = {
  name: 'latency',
  title:
    'From a sale to the acknowledged decrease in another shop, and what of it is our own; the demo’s evening, real time',
  async run({ quick }) {
    const forMs = quick ? quickMs : undefined
    return {
      figures: [...(await byMirror(forMs)), ...(await byStrict(forMs))],
      goals: [
        { figure: 'mirror_p95', atMost: 5 },
        { figure: 'mirror_p99', atMost: 15 },
      ],
    }
  },
}

/** Where every sale needs a write, seen from the shops. */
async function byMirror(forMs: number | undefined): Promise<Figure[]> {
  const twin = await openTwin(seed, systemRandom.uuid(), { policy: 'mirror', ships: false })
  try {
    const { ways } = await twin.run(forMs)
    const whole = ways.map(({ wholeMs }) => wholeMs)
    const own = ways.flatMap(({ ownMs }) => ownMs ?? [])
    const figure = (name: string, values: readonly number[], share: number, note: string): Figure => ({
      name: `mirror_${name}`,
      value: quantile(values, share) / 1000,
      unit: 's',
      note,
    })
    const sales = `${ways.length} sales and shops; webhooks 0.6 s late in the middle, 0.3 % lost, one API dark for 10 s`
    const ours = 'the same without the webhook’s way and the shops’ answers'
    return [
      figure('p50', whole, 0.5, sales),
      figure('p95', whole, 0.95, ''),
      figure('p99', whole, 0.99, ''),
      figure('own_p50', own, 0.5, ours),
      figure('own_p95', own, 0.95, ours),
      figure('own_p99', own, 0.99, ours),
    ]
  } finally {
    await twin.close()
  }
}

/** Where a sale rarely needs one, by our own books. */
async function byStrict(forMs: number | undefined): Promise<Figure[]> {
  const twin = await openTwin(seed, systemRandom.uuid(), { ships: false })
  try {
    const { sale } = await twin.run(forMs)
    const { accounts } = await twin.api.get<Told>('/status')
    return accounts.map(({ platform, latency: { publications, p50Ms, p95Ms } }) => ({
      name: `strict_${platform}_p50`,
      value: (p50Ms ?? 0) / 1000,
      unit: 's',
      note: `p95 ${((p95Ms ?? 0) / 1000).toFixed(1)} s over ${publications} writes that ${sale.bought} orders needed`,
    }))
  } finally {
    await twin.close()
  }
}
