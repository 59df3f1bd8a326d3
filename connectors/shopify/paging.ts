/** Walks Shopify's cursor pages, with a limit on every walk. */

import { ChannelError } from '../../src/errors.ts'
import type { Page } from './types.ts'

/** Shopify pages no deeper than 25,000 objects; the smallest pages here hold five. */
const pagesMax = 5000

/**
 * The first page and all that follow, as one. Stops when `next` has none or more than `nodesMax` came; then `hasNextPage` is
 * still true, so that what was cut can never be taken for the whole.
 */
export async function wholePage(
  first: Page,
  next: (after: string | null | undefined) => Promise<Page | undefined>,
  nodesMax: number,
): Promise<Page> {
  let whole = first
  while (whole.pageInfo.hasNextPage && whole.nodes.length < nodesMax) {
    const more = await next(whole.pageInfo.endCursor)
    if (!more) return whole
    whole = { nodes: [...whole.nodes, ...more.nodes], pageInfo: more.pageInfo }
  }
  return whole
}

/** One page after another. A cursor that does not move would walk for ever: the walk fails instead. */
export async function* eachPage<T extends { readonly page: Page }>(
  read: (after: string | null) => Promise<T>,
): AsyncGenerator<T> {
  let after: string | null = null
  for (let count = 0; count < pagesMax; count++) {
    const answer: T = await read(after)
    yield answer
    const { hasNextPage, endCursor } = answer.page.pageInfo
    if (!hasNextPage) return
    if (!endCursor || endCursor === after)
      throw new ChannelError('transient', 'Shopify sent a page cursor that goes nowhere.')
    after = endCursor
  }
  throw new ChannelError(
    'transient',
    `A list at Shopify has more than ${pagesMax} pages; it will be read from where it got to.`,
  )
}
