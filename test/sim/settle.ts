/** Lets an evening come to its end: everything ships, every poll and every look comes round, until books, rights and shelves agree. */

import { trackingNumber } from './acts.ts'
import type { Register } from './laws.ts'
import { faultsOf } from './rest.ts'
import type { Stage } from './scene.ts'

const lookEveryMs = 10_000
/** An evening that has not come to rest after so much time never will. */
const restlessMsMax = 20 * 60_000
/** What agrees has to stay as it is. */
const staysMs = 20_000

/** Resolves with what never came to rest; empty when all did. */
export async function comeToRest(stage: Stage, registers: readonly Register[]): Promise<string[]> {
  const { pass, coverage } = stage
  let faults: string[] = []
  for (let passed = 0; passed < restlessMsMax; passed += lookEveryMs) {
    shipAll(stage)
    await pass(lookEveryMs)
    faults = await faultsOf(stage, registers)
    if (faults.length > 0) continue
    await pass(staysMs)
    faults = await faultsOf(stage, registers)
    if (faults.length > 0) continue
    coverage.count('seconds until it was quiet', Math.round((passed + lookEveryMs + staysMs) / 1000))
    return []
  }
  return faults
}

function shipAll({ world, weather }: Stage): void {
  const shop = world.shops[weather.shipper]
  for (const { id, shipped, cancelled } of shop.orders())
    if (!shipped && !cancelled) shop.ship(id, { carrier: 'PostNL', number: trackingNumber(id) })
}
