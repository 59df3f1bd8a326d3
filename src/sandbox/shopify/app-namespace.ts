/** Which metafield namespace a text of the app means. */

import type { World } from './world.ts'

/** An app's own namespace may be written as `$app:sync`, `$app`, not at all, or in full. */
export function appNamespace(world: World, namespace: string | null | undefined): string {
  const own = `app--${world.appId}`
  if (!namespace || namespace === '$app') return own
  return namespace.startsWith('$app:') ? `${own}--${namespace.slice(5)}` : namespace
}
