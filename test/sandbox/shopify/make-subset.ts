/** Writes src/sandbox/shopify/admin-2026-10.graphql anew; run it after changing the list in subset.ts. */

import { writeFileSync } from 'node:fs'
import { officialDocument, subset } from './subset.ts'

writeFileSync(
  new URL('../../../src/sandbox/shopify/admin-2026-10.graphql', import.meta.url),
  subset(officialDocument()),
)
