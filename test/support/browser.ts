/** A real browser for the pages: the machine's own Chromium, without a screen. */

import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, it } from 'vitest'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/google/chrome/chrome']
const found = process.env.TEST_CHROMIUM ?? places.find((place) => existsSync(place))

/** Declares tests that drive a browser. Without one they are skipped by name, and fail where `CI` is true. */
export function inBrowser(tests: (browser: () => Browser) => void): void {
  if (found === undefined) {
    const trouble =
      'no Chromium on this machine (Debian: apt-get install chromium). TEST_CHROMIUM says where there is one.'
    if (process.env.CI === 'true') {
      it('in a browser', () => {
        throw new Error(`CI must test the pages in a browser, but there is ${trouble}`)
      })
      return
    }
    process.stderr.write(`The pages are not tested in a browser: ${trouble}\n`)
    describe.skip(`in a browser (skipped: ${trouble})`, () =>
      tests(() => {
        throw new Error(trouble)
      }))
    return
  }
  describe('in a browser', () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: found, args: ['--no-sandbox', '--disable-gpu'] })
    })
    afterAll(() => browser?.close())
    tests(() => browser)
  })
}
