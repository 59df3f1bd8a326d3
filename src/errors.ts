/** How a shop's call can fail, and the one meaning each kind has for stock. */

/**
 * - `transient`: did not happen, or reading failed; try again later.
 * - `throttled`: the shop's rate limit; did not happen. `retryAfterMs` when the shop said so.
 * - `auth`: credentials are refused; did not happen.
 * - `rejected`: the shop understood and refused; did not happen and will not by itself.
 * - `unknownOutcome`: may or may not have happened; never resent before a look-up unless the call is repeatable.
 */
export type ChannelErrorKind = 'transient' | 'throttled' | 'auth' | 'rejected' | 'unknownOutcome'

export class ChannelError extends Error {
  override readonly name = 'ChannelError'
  readonly kind: ChannelErrorKind
  readonly retryAfterMs: number | undefined

  constructor(kind: ChannelErrorKind, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause })
    this.kind = kind
    this.retryAfterMs = options.retryAfterMs
  }
}
