/** The port of connecting: what a platform wants to know of a merchant, where it asks for consent, and which shops that opens. */

import type { Clock, Fetch, Random } from './clock.ts'

/** A form's fields, or an address's parameters. */
export type Given = Readonly<Record<string, string>>

/** Why a shop cannot be connected this way, as a word that every language has sentences for: what happened, and what to do. */
export type InstallFault =
  /** The text is no address of a shop of this platform. */
  | 'shop'
  /** The app's own keys are not entered, or the platform does not know them. */
  | 'app'
  /** Nobody signed this, or somebody changed it on its way. */
  | 'signature'
  | 'late'
  /** The answer is about another shop than the one that was asked for. */
  | 'foreignShop'
  | 'declined'
  /** The code of the consent was used or has ended. */
  | 'code'
  /** The shop does not accept the keys. */
  | 'keys'
  | 'readOnly'
  | 'unreachable'
  /** It answers, but not as a shop's API does. */
  | 'notAShop'
  | 'notSeller'
  | 'noShops'
  /** Shops cannot reach this installation at its PUBLIC_URL. */
  | 'publicUrl'

export interface InstallRefusal {
  readonly ok: false
  readonly fault: InstallFault
  /** The field of the form that it is about. */
  readonly field?: string
  /** What the platform said, for people who look closer. Never a secret. */
  readonly detail?: string
}

export interface InstallField {
  readonly name: string
  readonly kind: 'text' | 'secret' | 'choice'
  readonly choices?: readonly string[]
  readonly isOptional?: boolean
}

/** A shop that is open to us, before anybody has decided to keep it. */
export interface OpenedShop {
  /** The account's `shop`. */
  readonly shop: string
  readonly title: string
  readonly origin: string
  readonly region?: string
  /** In the platform's own word. */
  readonly sellerType?: string
  readonly credentials: Readonly<Record<string, unknown>>
  readonly settings: Readonly<Record<string, unknown>>
  /** Permissions that were not granted although Onhand needs them, in the platform's names. */
  readonly missing: readonly string[]
}

export interface InstallContext {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: Random
  /** The app's own keys, by the names of `appFields`; undefined when nobody entered them. */
  readonly app: Given | undefined
}

export interface ConsentAddresses {
  /** Unguessable, good for one answer. */
  readonly state: string
  /** Where the person comes back to. */
  readonly returnUrl: string
  /** Where the shop itself sends keys to, on platforms that do. */
  readonly keysUrl: string
}

export type Started =
  | {
      readonly ok: true
      readonly kind: 'consent'
      readonly url: string
      /** Kept sealed, and handed to `finish`: the answer is judged by what we asked, never by what it says of itself. */
      readonly remember: Given
    }
  | { readonly ok: true; readonly kind: 'opened'; readonly shops: readonly OpenedShop[] }
  | InstallRefusal

export type Finished = { readonly ok: true; readonly shops: readonly OpenedShop[] } | InstallRefusal

export interface Way {
  /** `consent` sends the merchant to the platform; the others take keys from a form. */
  readonly name: 'consent' | 'ownApp' | 'keys'
  readonly needsApp: boolean
  readonly fields: readonly InstallField[]
}

/** What a connector brings so that its shops can be connected by a person. Requests go to the platform's own hosts or to the shop that was named. */
export interface Install {
  /** What the merchant enters of an app of their own at the platform; empty where there are no apps. */
  readonly appFields: readonly InstallField[]
  readonly ways: readonly Way[]
  /** The parameter in which `state` comes back. */
  readonly stateName: string
  /** Who brings the answer to the consent: the person's browser, or the shop itself. */
  readonly answersBy: 'browser' | 'shop'
  /** Names of old credentials that stay when a shop is connected again. */
  readonly keeps: readonly string[]
  /** Members of the credentials that several shops have in common because one consent opened them: `by` tells which do. */
  readonly shared?: { readonly by: string; readonly names: readonly string[] }
  start(way: Way['name'], given: Given, at: ConsentAddresses, context: InstallContext): Promise<Started>
  /** Called at most once per state. */
  finish(answer: Given, remembered: Given, context: InstallContext): Promise<Finished>
  /** When the access that was granted ends for good, unless the merchant consents anew; undefined when it does not. */
  endsAt?(credentials: Readonly<Record<string, unknown>>): number | undefined
  /** The credentials of a connected shop after the app got other keys; undefined when they are of another app. */
  withApp?(credentials: Readonly<Record<string, unknown>>, app: Given): Readonly<Record<string, unknown>> | undefined
}

/** What may be wrong with a shop, as a word that every language has sentences for. */
export type Symptom =
  | 'fine'
  | 'unreachable'
  | 'certificate'
  | 'notHttps'
  | 'permalinks'
  | 'noWooCommerce'
  | 'headerStripped'
  | 'proxyHidesHttps'
  | 'keysUnknown'
  | 'readOnlyKey'
  | 'oldVersion'
  | 'cronSilent'
  | 'hposOff'
  | 'fulfilmentsOff'
  | 'noTracking'
  | 'trackingPlugin'

export interface Finding {
  readonly symptom: Symptom
  /** `bad`: it cannot work. `wait`: it works, and could be better or late. */
  readonly weight: 'good' | 'wait' | 'bad'
  /** A version, the name of a plugin, the shop's words. */
  readonly detail?: string
}
