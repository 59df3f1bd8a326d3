/** The shapes that the data files of this folder must have; checked when they are loaded. */

import { z } from 'zod'

/** Check digits that Onhand can compute; what stands behind each is in `src/planner/numbers.ts`. */
const check = z.enum(['ups', 'fedex', 'usps', 's10', 'dhl-express', 'gs1', 'identcode', 'iso7064-mod37-36'])

const pattern = z.string().refine((text) => {
  try {
    return Boolean(new RegExp(text)) && text.startsWith('^')
  } catch {
    return false
  }
}, 'must be a regular expression for the whole number')

const carrier = z.strictObject({
  id: z.string(),
  title: z.string(),
  /** Carriers of one family share a name on labels, which may be an entry without formats; the number says which of them it is. */
  family: z.string().optional(),
  /** How shops and people write it; compared without case, spaces and punctuation. */
  spellings: z.array(z.string()).min(1),
  /** The exact name or slug each platform wants. */
  names: z.record(z.string(), z.string()),
  /** Further names under which a platform's own list of providers may have it, best first. */
  providers: z.array(z.string()).optional(),
  /** More formats exist than are listed: a number in none of them is only a note. */
  open: z.boolean().optional(),
  formats: z.array(
    z.strictObject({
      name: z.string(),
      /** Matched against the number without spaces and punctuation, in capitals. */
      pattern,
      check: check.optional(),
      /** No other carrier writes its numbers like this. */
      distinct: z.boolean().optional(),
      /** Not sure enough to hold a parcel: a wrong check digit is only a note. */
      lenient: z.boolean().optional(),
      source: z.string(),
    }),
  ),
})

export const carriers = z.strictObject({
  carriers: z.array(carrier),
  /** Numbers that a platform is known to refuse on some orders. */
  refusals: z.array(
    z.strictObject({
      id: z.string(),
      platform: z.string(),
      carriers: z.array(z.string()).min(1),
      /** Where the buyer is; where the shop hides the address, the currency has to do. */
      countries: z.array(z.string()).min(1),
      currencies: z.array(z.string()),
      sentence: z.string(),
      source: z.string(),
    }),
  ),
})

export type Carrier = z.infer<typeof carrier>

/** `mark` makes the package together with its number, `ship` puts the number on a package that is there beforehand. */
const trackingCall = z.enum(['mark', 'ship'])
export type TrackingCall = z.infer<typeof trackingCall>

export const trackingCalls = z.record(
  z.string(),
  z.strictObject({
    source: z.string(),
    mark: z.array(z.string().length(2)),
    ship: z.array(z.string().length(2)),
    /** Where nothing is documented. */
    otherwise: trackingCall,
  }),
)
