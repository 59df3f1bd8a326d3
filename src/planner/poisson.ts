/** How many sales to expect at most: quantiles of the Poisson distribution, never too small. Pure. */

/** How often more may be sold than the bound says. */
export interface Tail {
  readonly probability: number
  /** Standard normal deviate that is exceeded with this probability. */
  readonly deviate: number
}

export const tails = {
  tenth: { probability: 0.1, deviate: 1.281552 },
  fiftieth: { probability: 0.02, deviate: 2.053749 },
} as const satisfies Record<string, Tail>

/** Above this mean a sum of so many terms costs more than the closed form, which then errs by one unit at most. */
const summedMeanMax = 50

/** The least k for which more than k events come with at most the tail's probability; one too many at most for large means. */
export function poissonBound(mean: number, tail: Tail): number {
  if (mean <= 0) return 0
  if (mean > summedMeanMax) {
    const z = tail.deviate
    return Math.ceil(mean + z * Math.sqrt(mean) + (z * z - 1) / 6)
  }
  let term = Math.exp(-mean)
  let rest = 1 - term
  let events = 0
  while (rest > tail.probability) {
    events += 1
    term *= mean / events
    rest -= term
  }
  return events
}
