/** The buyers' side of the count: what was promised of every component, and what one register without any delay would have sold. Pure. */

import { type Good, type Plot, partsOf } from './plot.ts'

export interface Tally {
  /** Whether so many sales of it are there, somewhere. */
  has(sku: string, quantity: number): boolean
  take(sku: string, quantity: number): void
  giveBack(sku: string, quantity: number): void
  receive(sku: string, units: number): void
  /** Component units that are promised now, at most what is there of each. */
  fulfilledUnits(): number
  /** Component units promised beyond what was there, each at its worst moment. */
  oversoldUnits(): number
}

export function createTally(goods: readonly Good[]): Tally {
  const parts = partsOf(goods)
  const stock = new Map(goods.filter((good) => !good.parts).map(({ sku, units }) => [sku, units]))
  const taken = new Map<string, number>()
  const worst = new Map<string, number>()
  const left = (sku: string) => (stock.get(sku) ?? 0) - (taken.get(sku) ?? 0)
  const move = (sku: string, quantity: number) => {
    for (const [part, units] of parts(sku)) {
      taken.set(part, (taken.get(part) ?? 0) + units * quantity)
      worst.set(part, Math.max(worst.get(part) ?? 0, -left(part)))
    }
  }
  return {
    has: (sku, quantity) => parts(sku).every(([part, units]) => left(part) >= units * quantity),
    take: (sku, quantity) => move(sku, quantity),
    giveBack: (sku, quantity) => move(sku, -quantity),
    receive: (sku, units) => void stock.set(sku, (stock.get(sku) ?? 0) + units),
    fulfilledUnits: () => [...taken].reduce((sum, [sku, units]) => sum + Math.min(units, stock.get(sku) ?? 0), 0),
    oversoldUnits: () => [...worst.values()].reduce((sum, units) => sum + units, 0),
  }
}

/** Units that all visits together would have got from one shared register: nobody can sell more. */
export function oracleUnits({ goods, visits, restocks }: Pick<Plot, 'goods' | 'visits' | 'restocks'>): number {
  const tally = createTally(goods)
  const due: { readonly atMs: number; run(): void }[] = [
    ...restocks.map(({ atMs, sku, units }) => ({ atMs, run: () => tally.receive(sku, units) })),
    ...visits.map(({ atMs, sku, quantity, cancelAfterMs }) => ({
      atMs,
      run() {
        if (!tally.has(sku, quantity)) return
        tally.take(sku, quantity)
        if (cancelAfterMs !== undefined) later(atMs + cancelAfterMs, () => tally.giveBack(sku, quantity))
      },
    })),
  ].sort((one, other) => one.atMs - other.atMs)
  const backs: { readonly atMs: number; run(): void }[] = []
  function later(atMs: number, run: () => void): void {
    const at = backs.findIndex((one) => one.atMs > atMs)
    backs.splice(at < 0 ? backs.length : at, 0, { atMs, run })
  }
  for (const { atMs, run } of due) {
    while (backs[0] && backs[0].atMs <= atMs) backs.shift()?.run()
    run()
  }
  for (const { run } of backs) run()
  return tally.fulfilledUnits()
}
