/** Divides units among claims by weight: what is owed first, then everybody's minimum, the rest by largest remainder. Pure. */

export interface Claim {
  readonly weight: number
  /** Given before anybody's minimum. */
  readonly firstUnits: number
  readonly minUnits: number
  readonly capUnits: number
  /** Units are given in multiples of this; `firstUnits`, `minUnits` and `capUnits` are multiples of it. */
  readonly stepUnits: number
}

/**
 * Units per claim. With steps of 1 they add up to the smaller of `totalUnits` and all caps. While the total allows, nobody
 * gets less than its minimum; when it does not, the heaviest claims are served first (of equal ones, the earlier).
 */
export function apportion(totalUnits: number, claims: readonly Claim[]): number[] {
  let leastUnits = 0
  let capUnits = 0
  for (const claim of claims) {
    leastUnits += leastOf(claim)
    capUnits += claim.capUnits
  }
  if (capUnits <= totalUnits) return claims.map((claim) => claim.capUnits)
  return leastUnits > totalUnits ? byRank(totalUnits, claims) : byWeight(totalUnits, claims)
}

const firstOf = ({ firstUnits, capUnits }: Claim) => Math.min(firstUnits, capUnits)
const leastOf = ({ firstUnits, minUnits, capUnits }: Claim) => Math.min(Math.max(firstUnits, minUnits), capUnits)
const wholeSteps = (units: number, stepUnits: number) => Math.floor(units / stepUnits) * stepUnits

/** Too few for all minimums: first units by weight, then minimums by weight, as far as it goes. */
function byRank(totalUnits: number, claims: readonly Claim[]): number[] {
  const given = claims.map(() => 0)
  const ranked = claims.map((_, at) => at).sort((one, other) => weightAt(claims, other) - weightAt(claims, one))
  let left = Math.max(0, totalUnits)
  for (const wanted of [firstOf, leastOf]) {
    for (const at of ranked) {
      const claim = claims[at]
      if (!claim) continue
      const had = given[at] ?? 0
      const more = Math.min(wanted(claim) - had, wholeSteps(left, claim.stepUnits))
      given[at] = had + more
      left -= more
    }
  }
  return given
}

const weightAt = (claims: readonly Claim[], at: number) => claims[at]?.weight ?? 0

/** Enough for all minimums: in proportion to the weights, between minimum and cap, rounded by largest remainder. */
function byWeight(totalUnits: number, claims: readonly Claim[]): number[] {
  const ideal = proportions(totalUnits, claims)
  let left = totalUnits
  const given = claims.map((claim, at) => {
    // A quota that is whole but for the last bit of a float is whole.
    const units = wholeSteps((ideal[at] ?? 0) + 1e-9, claim.stepUnits)
    left -= units
    return units
  })
  for (;;) {
    let best = -1
    let bestRest = Number.NEGATIVE_INFINITY
    for (let at = 0; at < claims.length; at += 1) {
      const claim = claims[at]
      const units = given[at] ?? 0
      if (!claim || claim.stepUnits > left || units + claim.stepUnits > claim.capUnits) continue
      const rest = ((ideal[at] ?? 0) - units) / claim.stepUnits
      // Remainders that differ by less are equal: the heavier claim, then the earlier one.
      const isBetter =
        rest > bestRest + 1e-9 || (rest > bestRest - 1e-9 && best >= 0 && claim.weight > weightAt(claims, best))
      if (isBetter) {
        best = at
        bestRest = rest
      }
    }
    const claim = claims[best]
    if (!claim) return given
    given[best] = (given[best] ?? 0) + claim.stepUnits
    left -= claim.stepUnits
  }
}

/**
 * Weight × one common scale, held between minimum and cap, so that all together are the total. Claims that would leave their
 * bounds are pinned to them, those of the greater violation first, and the rest is divided again.
 */
function proportions(totalUnits: number, claims: readonly Claim[]): number[] {
  const pinned = claims.map((): number | undefined => undefined)
  for (;;) {
    let left = totalUnits
    let weights = 0
    let open = 0
    for (let at = 0; at < claims.length; at += 1) {
      const units = pinned[at]
      if (units !== undefined) left -= units
      else {
        weights += weightAt(claims, at)
        open += 1
      }
    }
    const share = (at: number) => left * (weights > 0 ? weightAt(claims, at) / weights : 1 / open)
    let violation = 0
    for (let at = 0; at < claims.length; at += 1) {
      const claim = claims[at]
      if (claim && pinned[at] === undefined) violation += within(claim, share(at)) - share(at)
    }
    let isPinned = false
    const shares = claims.map((claim, at) => {
      const known = pinned[at]
      if (known !== undefined) return known
      const ideal = share(at)
      const bounded = within(claim, ideal)
      if (violation >= 0 ? bounded > ideal : bounded < ideal) {
        pinned[at] = bounded
        isPinned = true
      }
      return bounded
    })
    if (!isPinned) return shares
  }
}

const within = (claim: Claim, units: number) => Math.min(claim.capUnits, Math.max(leastOf(claim), units))
