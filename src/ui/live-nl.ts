/** De teksten over het live zetten van een winkel, in het Nederlands. */

import type { LiveWords } from './live-en.ts'

export const liveNl: LiveWords = {
  heading: 'Voordat hij live gaat',
  link: 'Wat live gaan verandert',
  lead: 'Dit is alles wat er geschreven zou worden als deze winkel nu live ging. De meest riskante tellers staan bovenaan. Er is niets van geschreven.',
  states: {
    no: 'alleen gelezen',
    part: 'een deel is live',
    all: 'live',
  },
  summary: 'Te schrijven tellers: {n}. Samen tonen ze nu {now} stuks, en dan {wanted}.',
  changes: {
    zero: 'naar nul',
    down: 'minder',
    up: 'meer',
    waits: 'wacht',
    stays: 'blijft',
    unlinked: 'niet gekoppeld',
    uncounted: 'niet geteld',
    unseen: 'nooit gelezen',
    uncountable: 'niet door de winkel geteld',
  },
  counters: 'Tellers',
  none: 'Van deze winkel is nog niets bekend. Zodra hij gelezen is, staan zijn tellers hier.',
  counter: 'Teller',
  change: 'Verandering',
  now: 'Nu',
  wanted: 'Gewenst',
  why: 'Waarom',
  choose: 'Kies',
  more: 'Nog {n} staan hier niet. De opdrachtregel toont ze: onhand dry-run {account} --limit 10000',
  seen: 'Ik heb gezien wat er verandert. Het schap zoals het nu is, wordt bewaard.',
  notSeen: 'Zeg eerst dat u gezien hebt wat er verandert.',
  noneChosen: 'Kies ten minste één teller, of zet de hele winkel live.',
  all: 'Zet alles live',
  part: 'Alleen wat gekozen is',
  done: 'Hij is live. Van {n} tellers is bewaard wat er stond.',
  noAnswer:
    'De winkel antwoordde niet, dus het schap kon niet bewaard worden. Er is niets veranderd; probeer het opnieuw.',
  refused: 'Hij ging niet live.',
  back: 'Naar de winkels',
}
