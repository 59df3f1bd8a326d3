import { describe, expect, it } from 'vitest'
import { type Dispatched, punctuality } from '../../src/planner/forecast.ts'

const hourMs = 3_600_000
const now = 1000 * hourMs
/** Placed so many hours ago, may take 48, done after so many hours or not yet. */
const order = (agoHours: number, tookHours: number | null): Dispatched => {
  const placedAt = now - agoHours * hourMs
  return { placedAt, dueAt: placedAt + 48 * hourMs, doneAt: tookHours === null ? null : placedAt + tookHours * hourMs }
}

describe('punctuality', () => {
  it('says nothing where there is nothing', () => {
    expect(punctuality([], now)).toMatchObject({ decided: 0, lateRate: null, onTimeRate: null, forecastLateRate: null })
  })

  it('counts what is done, and what is over its time, and leaves the rest open', () => {
    const found = punctuality([order(100, 10), order(100, 48), order(100, 49), order(60, null), order(5, null)], now)
    expect(found).toMatchObject({ decided: 4, onTime: 2, late: 2, lateRate: 0.5, onTimeRate: 0.5, open: 1 })
  })

  it('a minute before it is due an order is open, after it late', () => {
    expect(punctuality([order(48, null)], now)).toMatchObject({ open: 1, late: 0 })
    expect(punctuality([order(48.02, null)], now)).toMatchObject({ open: 0, late: 1 })
  })

  it('expects of open orders what became of those that were as old', () => {
    const history = [order(200, 10), order(200, 20), order(200, 40), order(200, 60)]
    // Two of the four took longer than 30 hours, one of them longer than 48.
    expect(punctuality([...history, order(30, null)], now)).toMatchObject({ expectedLate: 0.5, forecastLateRate: 0.3 })
    // None took longer than 61 hours, so nothing speaks for an order that may take 90.
    const old: Dispatched = { placedAt: now - 61 * hourMs, dueAt: now + 29 * hourMs, doneAt: null }
    expect(punctuality([...history, old], now).expectedLate).toBe(1)
    expect(punctuality([...history, order(1, null)], now).expectedLate).toBe(0.25)
  })

  it('does not guess before anything was ever sent', () => {
    expect(punctuality([order(30, null)], now)).toMatchObject({ open: 1, expectedLate: null, forecastLateRate: null })
  })
})
