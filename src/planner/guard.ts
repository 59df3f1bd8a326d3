/** The promise, checked where it is made: no write of ours lets shops sell more than there is. Pure. */

import type { StockOp } from '../channel.ts'
import type { SkuId } from '../domain.ts'
import type { PolicyFacts, RegisterFacts } from './facts.ts'
import { believedUnits, chargeOf, rightsUnits } from './rights.ts'

export interface Guard {
  /** Units of a sale that could still be promised on this register. */
  free(register: RegisterFacts): number
  /**
   * Takes what the write charges from what is free. False, and nothing taken, for a write that raises a register beyond it.
   * A decrease is always admitted: it makes nothing worse that the shop has not done by itself.
   */
  admit(register: RegisterFacts, op: StockOp): boolean
}

/** Free = on hand − reserved − safety stock + allowance − what the registers may still sell, per component. */
export function createGuard({ components, registers }: PolicyFacts): Guard {
  const free = new Map<SkuId, number>()
  for (const { sku, onHand, reserved, safetyUnits, allowanceUnits, policy } of components)
    free.set(sku, policy === 'mirror' ? Number.MAX_SAFE_INTEGER : onHand - reserved - safetyUnits + allowanceUnits)
  const take = ({ parts }: RegisterFacts, units: number) => {
    for (const { sku, units: perSale } of parts) free.set(sku, (free.get(sku) ?? 0) - perSale * units)
  }
  for (const register of registers) take(register, rightsUnits(register.rights, register.takenUnits))
  const freeFor = ({ parts }: RegisterFacts) =>
    Math.min(...parts.map(({ sku, units }) => Math.floor((free.get(sku) ?? 0) / units)))
  return {
    free: freeFor,
    admit(register, op) {
      const charge = chargeOf(register.rights, op)
      if (charge > 0 && isRaise(register, op) && charge > freeFor(register)) return false
      take(register, charge)
      return true
    },
  }
}

function isRaise({ rights, takenUnits }: RegisterFacts, op: StockOp): boolean {
  switch (op.kind) {
    case 'adjust':
      return op.by > 0
    case 'move':
      return op.to === 'available'
    case 'cas':
      return op.to > op.from
    case 'set':
      return op.to > believedUnits(rights, takenUnits)
  }
}
