/** Carriers whose links Shopify makes by itself when it knows the spelling. */

/** A few of the names Shopify knows; the spelling must match exactly. */
const links: Record<string, (number: string) => string> = {
  'DHL Express': (n) => `https://www.dhl.com/global-en/home/tracking/tracking-express.html?tracking-id=${n}`,
  DPD: (n) => `https://www.dpdgroup.com/nl/mydpd/my-parcels/search?parcelNumber=${n}`,
  GLS: (n) => `https://gls-group.eu/EU/en/parcel-tracking?match=${n}`,
  PostNL: (n) => `https://postnl.nl/tracktrace/?B=${n}`,
  UPS: (n) => `https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums=${n}`,
  FedEx: (n) => `https://www.fedex.com/fedextrack/?trknbr=${n}`,
  USPS: (n) => `https://tools.usps.com/go/TrackConfirmAction_input?qtc_tLabels1=${n}`,
}

export const trackingLink = (company: string | undefined, number: string): string | undefined =>
  company === undefined ? undefined : links[company]?.(encodeURIComponent(number))
