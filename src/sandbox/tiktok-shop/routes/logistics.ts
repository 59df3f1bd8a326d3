/** Where the seller ships from and with whom. */

import { isEu, providersFor } from '../carriers.ts'
import type { Shop } from '../model.ts'
import { refuseParameter } from '../refusal.ts'
import { oneOf, type Route, route } from '../route.ts'

const isRegion = (text: string | undefined): text is string => text !== undefined && /^[A-Z]{2}$/.test(text)

const address = (region: string) => ({
  region,
  region_code: region,
  state: 'Noord-Holland',
  city: 'Zaandam',
  // The platform's own spelling.
  distict: '',
  town: '',
  contact_person: 'Magazijn',
  first_name: 'Magazijn',
  last_name: '',
  phone_number: '(+31)750000000',
  postal_code: '1505HA',
  full_address: `Houtweg 1, 1505HA Zaandam, ${region}`,
  address_line1: 'Houtweg 1',
  address_line2: '',
  address_line3: '',
  address_line4: '',
  geolocation: { latitude: '52.4420', longitude: '4.8292' },
})

export function logisticsRoutes(shop: Shop): Route[] {
  const { region } = shop.options
  const option = shop.deliveryOption

  /** Within the EU the list is right only for a named route; elsewhere the shop's own region stands in. */
  function regionOf(query: ReadonlyMap<string, string>, name: string): string {
    const given = query.get(name)
    if (given === undefined && !isEu(region)) return region
    return isRegion(given) ? given : refuseParameter(name, 'expected an ISO alpha-2 region; it is required in the EU.')
  }

  return [
    route({ method: 'GET', path: '/logistics/202309/warehouses' }, () => ({
      warehouses: shop.warehouses.map(({ id, entityId, name, type, isDefault }) => ({
        id,
        entity_id: entityId,
        name,
        effect_status: 'ENABLED',
        type,
        sub_type: 'DOMESTIC_WAREHOUSE',
        is_default: isDefault,
        address: address(region),
      })),
    })),
    route(
      { method: 'GET', path: '/logistics/202309/warehouses/{warehouse_id}/delivery_options', query: ['scope'] },
      ({ params, query }) => {
        oneOf(query, 'scope', ['WAREHOUSE', 'PRODUCT'], 'WAREHOUSE')
        if (!shop.warehouses.some(({ id }) => id === params.warehouse_id))
          refuseParameter('warehouse_id', 'the warehouse does not exist.')
        return {
          delivery_options: [
            { ...option, description: 'Sent by the seller', type: 'SEND_BY_SELLER', platform: ['TIKTOK_SHOP'] },
          ],
        }
      },
    ),
    route(
      {
        method: 'GET',
        path: '/logistics/202309/delivery_options/{delivery_option_id}/shipping_providers',
        query: ['warehouse_region', 'buyer_region'],
      },
      ({ params, query }) => {
        if (params.delivery_option_id !== option.id)
          refuseParameter('delivery_option_id', 'the delivery option does not exist.')
        const from = regionOf(query, 'warehouse_region')
        return { shipping_providers: providersFor(option.id, from, regionOf(query, 'buyer_region')) }
      },
    ),
  ]
}
