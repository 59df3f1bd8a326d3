/** Pure: how often a shop is usually heard of, and when its silence is no longer usual. */

export interface Rhythm {
  readonly heard_at: number | null
  readonly heard_count: number
  /** The longest silence of late, forgotten slowly. */
  readonly usual_gap_ms: number
}

const hourMs = 3_600_000
/** Fewer say nothing about a rhythm. */
const countMin = 20
/** A shop that sleeps at night is silent for eight hours every day: its longest silence, and half as much again. */
const patience = 1.5
const forgetPerDay = 0.9
/** WooCommerce queues webhooks and sends them when somebody visits. */
const lateMs = 30 * 60_000

/** The rhythm after these deliveries too; times ascending. */
export function listened(before: Rhythm, times: readonly number[]): Rhythm {
  return times.reduce<Rhythm>(({ heard_at, heard_count, usual_gap_ms }, at) => {
    const gap = heard_at === null ? 0 : Math.max(0, at - heard_at)
    const left = usual_gap_ms * forgetPerDay ** (gap / (24 * hourMs))
    return { heard_at: Math.max(at, heard_at ?? 0), heard_count: heard_count + 1, usual_gap_ms: Math.max(gap, left) }
  }, before)
}

/** Until when a shop of this rhythm should be heard of again; undefined while too little is known. */
export const expectedBy = ({ heard_at, heard_count, usual_gap_ms }: Rhythm): number | undefined =>
  heard_at === null || heard_count < countMin ? undefined : heard_at + Math.max(hourMs, patience * usual_gap_ms)

/** `movedAt`: when an order of the shop last changed, as polling found it. */
export function isSilent(rhythm: Rhythm, movedAt: number | null, now: number): boolean {
  const expected = expectedBy(rhythm)
  if (expected !== undefined && now > expected) return true
  return rhythm.heard_at !== null && movedAt !== null && movedAt > rhythm.heard_at + lateMs && now > movedAt + lateMs
}
