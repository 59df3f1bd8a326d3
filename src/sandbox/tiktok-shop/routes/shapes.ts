/** Shapes that several bodies share. */

import { z } from 'zod'

/** Ids travel as strings of digits; a number has lost its last digits already. */
export const idShape = z.string().regex(/^\d{1,20}$/, 'expected an id: a string of digits.')
export const secondsShape = z.number().int().min(0)
export const idsShape = (most: number) => z.array(idShape).min(1).max(most)

/** True when a time lies in a window of the body; bounds in seconds, `lt` excluded. */
export const isWithin = (atS: number, ge: number | undefined, lt: number | undefined): boolean =>
  (ge === undefined || atS >= ge) && (lt === undefined || atS < lt)
