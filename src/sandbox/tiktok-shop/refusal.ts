/** Every way the platform says no, by name: code, words and, where it is not 200, the HTTP status. */

/** `auth` in place of a status = the configured status of refused tokens and signatures. */
type Entry = readonly [code: number, message: string, status?: number | 'auth']

const refusals = {
  expiredToken: [105002, "Expired credentials. The 'x-tts-access-token' header has expired.", 'auth'],
  badToken: [36009004, "Invalid credentials. The 'x-tts-access-token' header is invalid.", 'auth'],
  badSign: [106001, 'Invalid sign. The sign does not match the request.', 'auth'],
  missingSign: [36009004, "Missing sign. The 'sign' query parameter is required.", 'auth'],
  badTimestamp: [
    36009004,
    "Invalid timestamp. It must be at most 5 minutes behind and 30 seconds ahead of the server's.",
    'auth',
  ],
  badAppKey: [36009004, "Invalid 'app_key'.", 'auth'],
  missingCipher: [106013, "Missing 'shop_cipher'."],
  unexpectedCipher: [36009004, "Unexpected identifier: 'shop_cipher' is not a parameter of this path."],
  badCipher: [36009004, "Invalid shop_id: 'shop_cipher' is not of a shop that authorized this app."],
  badAuthCode: [36004004, 'Invalid auth code.'],
  badRefreshToken: [36004004, 'Invalid refresh token.'],
  tooMany: [36009002, 'Too many requests. Please slow down.', 429],
  tooManyThisHour: [36009037, 'The sandbox limit of requests per hour has been reached.', 429],
  noSuchPath: [36009009, 'Invalid path.'],
  noSuchMethod: [36009010, 'Invalid method for this path.'],
  noSuchVersion: [36009014, 'Invalid version.'],
  badBody: [36009022, 'Invalid body format. Content type and body must be JSON.'],
  badParameter: [98001004, 'Parameter is invalid.'],

  noSuchProduct: [12052032, 'Product not found.'],
  productStatus: [12052901, 'The product status does not allow this operation.'],
  duplicateSku: [12052553, 'A SKU is there twice.'],
  tooManyProducts: [12019120, 'Too many product or SKU ids.'],
  tooManyResults: [12052180, 'The query matches more than 10,000 results.'],

  notYourOrder: [21008111, 'The order or package does not belong to this seller.'],
  badParams: [21001001, 'Invalid parameters.'],
  regionCannotMark: [21008106, 'This interface cannot be used in this region.'],
  specialCharacters: [21004012, 'The tracking number contains special characters.'],
  badTracking: [21011022, 'Invalid tracking number or shipping provider id.'],
  numberUsed: [21011025, 'The tracking number has been used already.'],
  alreadyShipped: [21011006, 'The package has been shipped already.'],
  afterSale: [21011007, 'An item has an after-sale request.'],
  splitOrder: [21011033, 'The order was split: operate on its packages.'],
  orderCancelled: [21011041, 'The order has been cancelled.'],
  notShippedYet: [21011043, 'The package has not been shipped yet.'],
  updateTooLate: [21011050, 'The tracking number can be updated within 72 hours after shipping only.'],
  updateTooOften: [21011052, 'The tracking number has been updated too often.'],
  alreadyDelivered: [21011030, 'The package has been delivered; no update is possible.'],
  requestClosed: [25001010, 'The cancellation has been closed already.'],
} as const satisfies Record<string, Entry>

export type RefusalName = keyof typeof refusals

export class Refusal extends Error {
  readonly code: number
  readonly status: number | 'auth'
  constructor(name: RefusalName, detail?: string) {
    const [code, message, status]: Entry = refusals[name]
    super(detail ? `${message} ${detail}` : message)
    this.name = 'Refusal'
    this.code = code
    this.status = status ?? 200
  }
}

export function refuse(name: RefusalName, detail?: string): never {
  throw new Refusal(name, detail)
}

/** 98001004 in the platform's wording. */
export function refuseParameter(name: string, reason: string): never {
  throw new Refusal('badParameter', `Parameter ${name} is invalid. Reason: ${reason}`)
}
