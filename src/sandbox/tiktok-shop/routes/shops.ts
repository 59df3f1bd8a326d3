/** Who the token speaks for: authorized shops, active shops, and the token calls of the auth host. */

import type { Shop } from '../model.ts'
import { refuse, refuseParameter } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { type TokenPair, type Tokens, tokenData } from '../tokens.ts'

export function shopRoutes(shop: Shop): Route[] {
  const { id, name, cipher, options } = shop
  return [
    route({ method: 'GET', path: '/authorization/202309/shops', cipher: false }, () => ({
      shops: [
        { id, name, region: options.region, seller_type: 'LOCAL', cipher, code: `${options.region}LCSANDBOX` },
        ...options.otherShops.map((other) => ({
          ...other,
          seller_type: 'CROSS_BORDER',
          cipher: `ROW_${other.id}`,
          code: `${other.region}LCSANDBOX`,
        })),
      ],
    })),
    route({ method: 'GET', path: '/seller/202309/shops', cipher: false }, () => ({
      shops: [{ id, region: options.region }],
    })),
  ]
}

/** Unsigned GETs with the secrets in the query, as the auth host has them. */
export function authRoutes(shop: Shop, tokens: Tokens): Route[] {
  const seller = {
    openId: shop.openId,
    name: shop.name,
    region: shop.options.region,
    userType: shop.options.userType,
    scopes: shop.options.grantedScopes,
  }

  function checkApp(query: ReadonlyMap<string, string>, grantType: string): void {
    if (query.get('app_key') !== shop.appKey || query.get('app_secret') !== shop.appSecret) refuse('badAppKey')
    if (query.get('grant_type') !== grantType) refuseParameter('grant_type', `expected ${grantType}.`)
  }
  const issued = (pair: TokenPair | undefined, otherwise: 'badAuthCode' | 'badRefreshToken') =>
    pair ? tokenData(pair, seller) : refuse(otherwise)

  return [
    route({ method: 'GET', path: '/api/v2/token/get' }, ({ query }) => {
      checkApp(query, 'authorized_code')
      return issued(tokens.redeem(query.get('auth_code') ?? ''), 'badAuthCode')
    }),
    route({ method: 'GET', path: '/api/v2/token/refresh' }, ({ query }) => {
      checkApp(query, 'refresh_token')
      return issued(tokens.refresh(query.get('refresh_token') ?? ''), 'badRefreshToken')
    }),
  ]
}
