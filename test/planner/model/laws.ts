/** What must hold after every step, whatever shops, buyers and wires do. */

import type { World } from './world.ts'

export class Broken extends Error {}

export const freeUnits = ({ hub, shops, limit }: World): number =>
  shops.reduce((left, { traits }, index) => {
    const entry = hub.entries[index]
    return entry ? left - traits.unitsPerSale * hub.transitions.ceilingOf(entry.rights) : left
  }, limit)

export function check(world: World): void {
  const { hub, shops, limit } = world
  let total = 0
  let sold = 0
  for (const [index, shop] of shops.entries()) {
    const entry = hub.entries[index]
    if (!entry) continue
    const { shown, paying } = shop
    const ceiling = hub.transitions.ceilingOf(entry.rights)
    total += shop.traits.unitsPerSale * ceiling
    sold += shop.traits.unitsPerSale * shop.sold
    if (world.strangers === 'raise') {
      // A stranger's units are counted from the first look after them.
      if (world.isSeen[index] && shop.sold + shown > ceiling) fail('P1 (strangers)', world, index, ceiling)
      continue
    }
    if (shop.sold + Math.max(shown, paying) > ceiling) fail('P1', world, index, ceiling)
    const entitlement = entry.rights.op?.ceiling ?? entry.rights.entitlement
    if (shop.sold + shown > entitlement) fail('P1 (entitlement)', world, index, entitlement)
  }
  if (world.strangers === 'raise') return
  if (total > limit) throw new Broken(`P2: rights of ${total} units, of ${limit} there are`)
  if (sold > limit) throw new Broken(`P3: sold ${sold} units, of ${limit} there are`)
}

function fail(law: string, { shops, hub }: World, index: number, bound: number): never {
  const { shown, paying, sold, traits } = shops[index] ?? {}
  const rights = hub.entries[index]?.rights
  throw new Broken(`${law}: shop ${index} passes ${bound}: ${JSON.stringify({ sold, shown, paying, traits, rights })}`)
}
