/** Short spellings of what a write can come to. */

import type { CallResult, RowResult } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'

/** The whole call is refused, before or by the shop. */
export const rejected = (message: string): ChannelError => new ChannelError('rejected', message)

/** One row was not done; trying later may help. */
export const again = (code: string, message: string): RowResult => ({ ok: false, kind: 'again', code, message })

/** A call of one row, refused. */
export const refusedRow = (code: string, message: string): CallResult => ({
  rows: [{ ok: false, kind: 'rejected', code, message }],
})
