/** How fast a register sells: counted from what its orders took in the last minutes. */

import type { Instant } from '../domain.ts'
import type { Db, Tx } from '../store/tables.ts'

export interface Demand {
  readonly meanPerSecond: number
  readonly upPerSecond: number
}

const windowsMs = [10_000, 60_000, 300_000] as const
const lookBackMs = windowsMs[2]

/** Units per second from the times and units of sales; an upper bound of it is the largest of (c + 2·√c) / T. Pure. */
export function demandOf(sales: readonly { readonly at: Instant; readonly units: number }[], now: Instant): Demand {
  const counted = windowsMs.map((ms) => ({
    seconds: ms / 1000,
    units: sales.reduce((sum, { at, units }) => sum + (at > now - ms ? Math.max(0, units) : 0), 0),
  }))
  return {
    meanPerSecond: (counted[2]?.units ?? 0) / (lookBackMs / 1000),
    upPerSecond: Math.max(
      2 / 300,
      ...counted.map(({ seconds, units }) => (units === 0 ? 0 : (units + 2 * Math.sqrt(units)) / seconds)),
    ),
  }
}

export const registerKey = (account: string, register: string): string => `${account} ${register}`

/** The demand of these registers; one that sold nothing lately is not in the map. */
export async function demandsOf(
  db: Db | Tx,
  registers: readonly { readonly account: string; readonly register: string }[],
  now: Instant,
): Promise<Map<string, Demand>> {
  const sales = new Map<string, { at: number; units: number }[]>()
  for (const [account, names] of byAccount(registers)) {
    const rows = await db
      .selectFrom('taking')
      .select(['register', 'shop_at', 'units'])
      .where('account', '=', account)
      .where('register', 'in', names)
      .where('at', '>', now - lookBackMs)
      .execute()
    for (const { register, shop_at, units } of rows) {
      const key = registerKey(account, register)
      const known = sales.get(key) ?? []
      known.push({ at: shop_at, units })
      sales.set(key, known)
    }
  }
  return new Map([...sales].map(([key, mine]) => [key, demandOf(mine, now)]))
}

export function byAccount(
  registers: readonly { readonly account: string; readonly register: string }[],
): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const { account, register } of registers) {
    const known = names.get(account) ?? []
    known.push(register)
    names.set(account, known)
  }
  return names
}
