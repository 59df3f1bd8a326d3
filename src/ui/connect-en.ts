/** What the pages about connecting shops say, in English. */

import type { ReconcileReason } from '../accounts/care.ts'
import type { Fault } from '../accounts/installs.ts'
import type { sourceNames } from '../api/read/connections.ts'
import type { Symptom } from '../install.ts'

export interface WayWords {
  readonly title: string
  readonly hint: string
  readonly go: string
}

export interface PlatformWords {
  /** What this platform calls the app's own keys, and where one finds them. */
  readonly app: string
  readonly ways: Readonly<Record<string, WayWords>>
}

export interface ConnectWords {
  readonly heading: string
  readonly lead: string
  readonly add: string
  readonly connected: string
  readonly none: string
  readonly again: string
  readonly paused: string
  readonly states: Readonly<Record<'active' | 'paused' | 'broken', string>>
  readonly source: string
  readonly sources: Readonly<Record<(typeof sourceNames)[number], string>>
  readonly seen: string
  readonly notYet: string
  readonly inTime: string
  readonly late: string
  readonly check: string
  readonly readAgain: string
  readonly diagnose: string
  readonly counts: string
  readonly reading: string
  readonly readTrouble: string
  readonly readLast: string
  readonly reasons: Readonly<Record<ReconcileReason, string>>
  readonly ends: string
  readonly webhooks: string
  readonly webhooksNotYet: string
  readonly webhooksTrouble: string
  readonly diagnosis: string
  readonly privacy: { readonly heading: string; readonly tell: string; readonly done: string }
  readonly symptoms: Readonly<Record<Symptom, string>>
  readonly app: {
    readonly heading: string
    readonly environment: string
    readonly addresses: string
    readonly returnAddress: string
    readonly webhookAddress: string
    readonly scopes: string
    readonly save: string
    readonly saved: string
    readonly missing: string
    readonly secretStays: string
  }
  readonly fields: Readonly<Record<string, { readonly label: string; readonly hint?: string }>>
  readonly choices: Readonly<Record<string, string>>
  readonly platforms: Readonly<Record<string, PlatformWords>>
  readonly onward: string
  readonly goOn: string
  readonly returning: string
  readonly opened: string
  readonly openedLead: string
  readonly region: string
  readonly sellerType: string
  readonly keep: string
  readonly missingHeading: string
  readonly askAgain: string
  readonly refused: string
  readonly said: string
  readonly faults: Readonly<Record<Fault, string>>
  /** What does not work without a permission, by the platform's name of it. */
  readonly without: Readonly<Record<string, string>>
}

export const connectEn: ConnectWords = {
  heading: 'Shops',
  lead: 'A shop that is connected is read at once: products, stock, orders. Nothing is written to it until you let it go live.',
  add: 'Connect a shop',
  connected: 'Connected shops',
  none: 'No shop is connected yet. Choose below which one comes first: the shop that ships is a good beginning.',
  again: 'Connect again',
  paused: 'Read, and not written to until you let it go live.',
  states: { active: 'live', paused: 'only read', broken: 'not connected' },
  source: 'Source',
  sources: {
    webhooks: 'Webhooks',
    orders: 'Orders, asked for',
    listings: 'Products, asked for',
    shelves: 'Stock, compared',
  },
  seen: 'Last heard of',
  notYet: 'not yet',
  inTime: 'as usual',
  late: 'late',
  check: 'Check the webhooks now',
  readAgain: 'Read everything anew',
  diagnose: 'What is wrong?',
  counts: 'In the books: {listings} products and variants, {shelves} stock counters, {orders} orders.',
  reading: 'Being read now.',
  readTrouble: 'It could not be read; it is tried again every minute. The shop said:',
  readLast: 'Everything was last read anew {ago}.',
  reasons: {
    connected: 'Because it was connected.',
    webhooks: 'Because webhooks had been removed or switched off; they are back.',
    silence: 'Because its webhooks fell silent for longer than usual.',
    gap: 'Because it could not be read for a while.',
    asked: 'Because somebody asked for it.',
  },
  ends: 'Access to this shop ends in {n} days. Connect it again before that, or it falls out of step.',
  webhooks: 'Webhooks: {found} of {wanted} in place, looked at {ago}; once an hour they are put right.',
  webhooksNotYet: 'The webhooks have not been looked at yet.',
  webhooksTrouble:
    'The webhooks could not be looked at or put right; orders are still asked for every minute. The shop said:',
  privacy: {
    heading: 'Demands about personal data',
    tell: 'A buyer of {shop} wants to know what is kept about them. Orders: {orders}. Look at each with personal data, and answer them by {date}.',
    done: 'It was answered',
  },
  diagnosis: 'What was found',
  symptoms: {
    fine: 'Nothing is wrong: the shop answers, and the key may read and write.',
    unreachable:
      'The shop does not answer at this address. Check that it is up and that no firewall keeps this server out.',
    certificate: 'The certificate of the shop is not valid, so nothing is sent to it. Have it renewed.',
    notHttps:
      'The shop is reached over http. Keys travel signed, not encrypted, and WooCommerce ignores plain ones there: give the shop https.',
    permalinks:
      'The address of the API does not exist: permalinks are set to “Plain”. Choose any other under Settings → Permalinks.',
    noWooCommerce: 'WordPress answers, but without WooCommerce. Switch the plugin on.',
    headerStripped:
      'The host removes the Authorization header. Set “keys in the address” (keysInQuery) for this shop, or have the host pass the header on.',
    proxyHidesHttps:
      "The shop does not know that it is asked over https: a proxy in front of it ends TLS. Have the host set HTTPS=on for PHP (wp-config.php: $_SERVER['HTTPS'] = 'on').",
    keysUnknown:
      'The shop does not know this key, or its secret is another one. Make a new one and connect the shop again.',
    readOnlyKey: 'The key may only read. Make one with the right Read/Write.',
    oldVersion: 'This WooCommerce is older than those Onhand is tried with. Update it.',
    cronSilent:
      'Webhooks wait in the shop: its background jobs (WP-cron) hardly run. Have the host call wp-cron.php every minute. Until then sales are seen by asking, within a minute.',
    hposOff: 'High-performance order storage is off. It works; switching it on makes orders faster.',
    fulfilmentsOff: 'The feature “fulfilments” is off, so parcels cannot be kept in WooCommerce itself.',
    noTracking: 'No plugin for tracking numbers was found: they are kept with the order as meta data.',
    trackingPlugin: 'A plugin for tracking numbers was found; set trackingBy to use it.',
  },
  app: {
    heading: 'The app',
    environment: 'These keys come from the environment of the server; change them there.',
    addresses: 'Enter these addresses in the settings of the app:',
    returnAddress: 'Where people come back to (redirect URL)',
    webhookAddress: 'Webhooks of the app',
    scopes: 'Permissions it asks for',
    save: 'Save',
    saved: 'Saved. Shops that are connected through this app go on with these keys.',
    missing: 'The keys of the app are not entered yet.',
    secretStays: 'Leave it empty to keep the one that is there.',
  },
  fields: {
    shop: {
      label: 'Address of the shop',
      hint: 'As in the address bar, such as store.myshopify.com or https://shop.example.',
    },
    clientId: { label: 'Client ID' },
    clientSecret: { label: 'Client secret', hint: 'Signs the webhooks, too. It is sealed at once and never shown.' },
    previousClientSecret: {
      label: 'Previous client secret',
      hint: 'Only while it is being replaced: Shopify may sign with it for another hour.',
    },
    accessToken: { label: 'Access token', hint: 'Begins with shpat_.' },
    consumerKey: { label: 'Consumer key', hint: 'Begins with ck_.' },
    consumerSecret: { label: 'Consumer secret', hint: 'Begins with cs_.' },
    appKey: { label: 'App key' },
    appSecret: { label: 'App secret', hint: 'Signs the webhooks, too. It is sealed at once and never shown.' },
    serviceId: { label: 'Service ID' },
    market: { label: 'Where the seller is registered' },
    way: { label: 'Way' },
    shops: { label: 'Shops' },
  },
  choices: { other: 'Europe and everywhere else', US: 'United States' },
  platforms: {
    shopify: {
      app: 'From the Shopify Dev Dashboard: your app, Settings. Needed to ask a store for its consent.',
      ways: {
        consent: {
          title: 'With consent, through your app',
          hint: 'Shopify shows what is asked for; whoever may install apps in the store agrees.',
          go: 'Go to Shopify',
        },
        ownApp: {
          title: 'With an app of your own organisation',
          hint: 'For a store and an app that belong to the same organisation: install the app in the store first.',
          go: 'Connect',
        },
        keys: {
          title: 'With the token of an older custom app',
          hint: 'Such apps were made in the admin of a store until 2025 and go on working. The secret is its API secret key.',
          go: 'Connect',
        },
      },
    },
    woocommerce: {
      app: '',
      ways: {
        consent: {
          title: 'With consent, in the shop itself',
          hint: 'The shop asks its administrator and sends a key. It must reach this Onhand over https.',
          go: 'Go to the shop',
        },
        keys: {
          title: 'With a key made by hand',
          hint: 'WooCommerce → Settings → Advanced → REST API: add a key with the right Read/Write.',
          go: 'Connect',
        },
      },
    },
    'tiktok-shop': {
      app: 'From the TikTok Shop Partner Center: App & Service, your app. The service ID stands in its authorisation link.',
      ways: {
        consent: {
          title: 'With consent, through your app',
          hint: 'The main account of the seller agrees at TikTok. One consent may open several shops; you choose afterwards.',
          go: 'Go to TikTok Shop',
        },
      },
    },
  },
  onward: 'You are taken to {place}, which asks for your consent.',
  goOn: 'Go on',
  returning: 'One moment: what the shop answered is being looked at.',
  opened: 'This is open to Onhand',
  openedLead: 'Choose what you want to connect. Nothing was kept yet.',
  region: 'Region',
  sellerType: 'Seller type',
  keep: 'Connect these shops',
  missingHeading: 'Not allowed, although it is needed',
  askAgain: 'Ask again',
  refused: 'The shop was not connected',
  said: 'It said:',
  faults: {
    shop: 'This is no address of such a shop. Copy it from the address bar of its admin and try again.',
    app: 'The keys of the app are missing or are not known there. Enter them below and start again.',
    signature:
      'The answer is not signed as this app’s answers are, so it was not used. If you have just replaced the client secret, enter the new one and start again; nothing was changed.',
    late: 'The answer is too old, or a clock is wrong. Check the time of the server and start again; nothing was changed.',
    foreignShop:
      'The answer is about another shop than the one that was asked for. Sign in there as the right shop and start again.',
    declined: 'The consent was not given. Nothing was changed; start again when you want to.',
    code: 'This consent was used already or has ended. Start again: it takes a minute.',
    keys: 'The shop does not accept these keys. Check that they were copied whole and were not revoked.',
    readOnly: 'The key may not both read and write. Make one with the right Read/Write, or start again.',
    unreachable: 'The shop does not answer. Nothing was changed; check the address and try again.',
    notAShop:
      'Something answers there, but not the API of such a shop. Check the address; for WooCommerce, permalinks must not be “Plain”.',
    notSeller: 'This is not the account of a seller. Sign in at TikTok as the seller’s main account and start again.',
    noShops: 'No shop was opened. Choose at least one on the consent page.',
    publicUrl:
      'The shop cannot reach this Onhand. PUBLIC_URL must be an https address on the internet with a certificate that the shop trusts; or make a key by hand.',
    state:
      'This answer belongs to nothing that you asked here: it was used before, is older than an hour, or was begun in another browser. Nothing was changed; start again.',
    field: 'Something is missing or too long.',
    incomplete: 'A permission is missing that Onhand needs. Ask again and allow all of them.',
    taken: 'This shop is connected already.',
    broken: 'It could not be finished. The log says why; nothing was connected. Try again.',
  },
  without: {
    'seller.order.info': 'its orders are not seen',
    'seller.product.basic': 'its products are not found',
    read_products: 'listings are not found',
    read_inventory: 'shelves are not read',
    write_inventory: 'no quantity is set, so this store may sell what is gone',
    read_locations: 'the location whose stock is kept is not found',
    read_orders: 'its sales are not seen, so every other shop may sell what is gone',
    write_orders: 'other shops’ orders are neither made nor cancelled here',
    read_fulfillments: 'no webhook tells that a parcel has left',
    read_merchant_managed_fulfillment_orders: 'open work is left out of the answers without a word',
    write_merchant_managed_fulfillment_orders: 'no tracking number can be told to it',
  },
}
