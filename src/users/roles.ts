/** What each role may do: the one table that routes and pages ask. A token's scopes are the same words. */

/**
 * - `read`: see stock, orders, problems, shops; no names and addresses of buyers.
 * - `personal`: see the personal data in orders and deliveries.
 * - `work`: retry, dismiss, import, read again.
 * - `stock`: count, receive, correct, set what is kept back.
 * - `catalogue`: add skus, link and unlink listings.
 * - `shops`: connect, change, pause and remove shops.
 * - `settings`: how the installation behaves; its keys.
 * - `access`: users, tokens, and who did what.
 */
export const permissions = ['read', 'personal', 'work', 'stock', 'catalogue', 'shops', 'settings', 'access'] as const
export type Permission = (typeof permissions)[number]

export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

const granted: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['read'],
  operator: ['read', 'personal', 'work', 'stock', 'catalogue'],
  admin: permissions,
}

export const permissionsOf = (role: Role): readonly Permission[] => granted[role]

/** Who asks for something. */
export interface Who {
  readonly kind: 'user' | 'token' | 'key' | 'system'
  /** Of the user or the token; the word itself for the installation's own key. */
  readonly id: string
  /** As people know it. */
  readonly name: string
  /** The network address it came from, where there is one. */
  readonly from: string | undefined
  readonly permissions: readonly Permission[]
}

/** A need that nobody stated is the highest one: what was forgotten stays closed. */
export const may = (who: Who, needs: Permission | undefined): boolean => who.permissions.includes(needs ?? 'access')

/** The installation itself, for what happens without a person. */
export const systemWho: Who = { kind: 'system', id: 'onhand', name: 'Onhand', from: undefined, permissions: [] }
