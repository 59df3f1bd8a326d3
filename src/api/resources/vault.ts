/** The vault: under which keys the shops' credentials lie, and moving them under the current one. */

import { z } from 'zod'
import { readSeals, rotate } from '../../accounts/rotate.ts'
import { reasonOf } from '../../log.ts'
import type { ApiDeps } from '../deps.ts'
import { refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'

const seals = z.object({
  keyId: z.string().describe('Of the key that seals now'),
  byKey: z.record(z.string(), z.int()).describe('Sealed texts per key'),
  waiting: z.int().describe('Sealed texts under another key than the current one'),
  lost: z.int().describe('Of those, how many lie under keys that are not configured'),
})

export function vaultRoutes({ store: { db }, vault, identity }: ApiDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/vault',
      summary: 'Under which keys the credentials are sealed',
      needs: 'settings',
      answer: seals,
      handle: () => readSeals(db, vault),
    }),
    route({
      method: 'POST',
      path: '/vault/rotate',
      summary: 'Seal every credential under the current key; may be repeated, and goes on where it was cut off',
      needs: 'settings',
      answer: seals.extend({ moved: z.int() }),
      async handle({ who }) {
        const found = await rotate(db, vault).catch((error: unknown) => reasonOf(error))
        if (typeof found === 'string')
          return refuse(409, `${found} No credential was changed; set SECRET_KEY_OLD to the key that sealed them.`)
        await identity.audit(db, { who, what: 'vault.rotated', subject: vault.keyId, detail: { moved: found } })
        return { ...(await readSeals(db, vault)), moved: found }
      },
    }),
  ]
}
