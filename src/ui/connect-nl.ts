/** What the pages about connecting shops say, in Dutch. */

import type { ConnectWords } from './connect-en.ts'

export const connectNl: ConnectWords = {
  heading: 'Winkels',
  lead: 'Een gekoppelde winkel wordt meteen gelezen: producten, voorraad, bestellingen. Er wordt niets naar geschreven tot u de winkel live zet.',
  add: 'Een winkel koppelen',
  connected: 'Gekoppelde winkels',
  none: 'Er is nog geen winkel gekoppeld. Kies hieronder welke de eerste wordt: de winkel die verzendt is een goed begin.',
  again: 'Opnieuw koppelen',
  paused: 'Wordt gelezen; er wordt niets geschreven tot u de winkel live zet.',
  states: { active: 'live', paused: 'alleen gelezen', broken: 'niet gekoppeld' },
  source: 'Bron',
  sources: {
    webhooks: 'Webhooks',
    orders: 'Bestellingen, opgevraagd',
    listings: 'Producten, opgevraagd',
    shelves: 'Voorraad, vergeleken',
  },
  seen: 'Laatst gehoord',
  notYet: 'nog niet',
  inTime: 'zoals gewoonlijk',
  late: 'te laat',
  check: 'Webhooks nu nakijken',
  readAgain: 'Alles opnieuw lezen',
  diagnose: 'Wat is er mis?',
  counts: 'In de boeken: {listings} producten en varianten, {shelves} voorraadtellers, {orders} bestellingen.',
  reading: 'Wordt nu gelezen.',
  readTrouble: 'Lezen is niet gelukt; elke minuut wordt het opnieuw geprobeerd. De winkel zei:',
  readLast: 'Alles is {ago} voor het laatst opnieuw gelezen.',
  reasons: {
    connected: 'Omdat de winkel gekoppeld werd.',
    webhooks: 'Omdat webhooks verwijderd of uitgezet waren; ze zijn terug.',
    silence: 'Omdat de webhooks langer dan gewoonlijk uitbleven.',
    gap: 'Omdat er een tijd niet gelezen kon worden.',
    asked: 'Omdat iemand erom vroeg.',
  },
  ends: 'De toegang tot deze winkel eindigt over {n} dagen. Koppel haar eerder opnieuw, anders loopt ze uit de pas.',
  webhooks: 'Webhooks: {found} van {wanted} aanwezig, {ago} nagekeken; eens per uur worden ze hersteld.',
  webhooksNotYet: 'De webhooks zijn nog niet nagekeken.',
  webhooksTrouble:
    'De webhooks konden niet worden nagekeken of hersteld; bestellingen worden nog elke minuut opgevraagd. De winkel zei:',
  privacy: {
    heading: 'Verzoeken over persoonsgegevens',
    tell: 'Een koper van {shop} wil weten wat er over hem of haar bewaard is. Bestellingen: {orders}. Bekijk ze met persoonsgegevens en antwoord voor {date}.',
    done: 'Het is beantwoord',
  },
  diagnosis: 'Wat er gevonden is',
  symptoms: {
    fine: 'Er is niets mis: de winkel antwoordt, en de sleutel mag lezen en schrijven.',
    unreachable:
      'De winkel antwoordt niet op dit adres. Controleer of ze draait en of geen firewall deze server tegenhoudt.',
    certificate: 'Het certificaat van de winkel is niet geldig, dus wordt er niets heen gestuurd. Laat het vernieuwen.',
    notHttps:
      'De winkel wordt over http bereikt. Sleutels reizen ondertekend maar niet versleuteld, en gewone sleutels negeert WooCommerce daar: geef de winkel https.',
    permalinks:
      'Het adres van de API bestaat niet: permalinks staan op “Eenvoudig”. Kies een andere onder Instellingen → Permalinks.',
    noWooCommerce: 'WordPress antwoordt, maar zonder WooCommerce. Zet de plugin aan.',
    headerStripped:
      'De host verwijdert de Authorization-header. Zet “sleutels in het adres” (keysInQuery) aan voor deze winkel, of laat de host de header doorgeven.',
    proxyHidesHttps:
      "De winkel weet niet dat ze over https gevraagd wordt: een proxy ervoor beëindigt TLS. Laat de host HTTPS=on zetten voor PHP (wp-config.php: $_SERVER['HTTPS'] = 'on').",
    keysUnknown:
      'De winkel kent deze sleutel niet, of het geheim is een ander. Maak een nieuwe en koppel de winkel opnieuw.',
    readOnlyKey: 'De sleutel mag alleen lezen. Maak er een met het recht Lezen/schrijven.',
    oldVersion: 'Deze WooCommerce is ouder dan waarmee Onhand beproefd is. Werk haar bij.',
    cronSilent:
      'Webhooks wachten in de winkel: haar achtergrondtaken (WP-cron) draaien nauwelijks. Laat de host elke minuut wp-cron.php aanroepen. Tot dan worden verkopen gezien door te vragen, binnen een minuut.',
    hposOff: 'High-performance order storage staat uit. Het werkt; aanzetten maakt bestellingen sneller.',
    fulfilmentsOff: 'De functie “fulfilments” staat uit, dus pakketten kunnen niet in WooCommerce zelf bewaard worden.',
    noTracking:
      'Er is geen plugin voor trackingnummers gevonden: ze worden als metagegevens bij de bestelling bewaard.',
    trackingPlugin: 'Er is een plugin voor trackingnummers gevonden; stel trackingBy in om haar te gebruiken.',
  },
  app: {
    heading: 'De app',
    environment: 'Deze sleutels komen uit de omgeving van de server; wijzig ze daar.',
    addresses: 'Vul deze adressen in bij de instellingen van de app:',
    returnAddress: 'Waar mensen terugkomen (redirect-URL)',
    webhookAddress: 'Webhooks van de app',
    scopes: 'Rechten waar de app om vraagt',
    save: 'Bewaren',
    saved: 'Bewaard. Winkels die via deze app gekoppeld zijn gaan met deze sleutels verder.',
    missing: 'De sleutels van de app zijn nog niet ingevuld.',
    secretStays: 'Laat het leeg om te houden wat er staat.',
  },
  fields: {
    shop: {
      label: 'Adres van de winkel',
      hint: 'Zoals in de adresbalk, bijvoorbeeld winkel.myshopify.com of https://winkel.example.',
    },
    clientId: { label: 'Client-ID' },
    clientSecret: {
      label: 'Client secret',
      hint: 'Ondertekent ook de webhooks. Wordt meteen verzegeld en nooit getoond.',
    },
    previousClientSecret: {
      label: 'Vorige client secret',
      hint: 'Alleen zolang die vervangen wordt: Shopify kan er nog een uur mee ondertekenen.',
    },
    accessToken: { label: 'Toegangstoken', hint: 'Begint met shpat_.' },
    consumerKey: { label: 'Consumer key', hint: 'Begint met ck_.' },
    consumerSecret: { label: 'Consumer secret', hint: 'Begint met cs_.' },
    appKey: { label: 'App key' },
    appSecret: { label: 'App secret', hint: 'Ondertekent ook de webhooks. Wordt meteen verzegeld en nooit getoond.' },
    serviceId: { label: 'Service-ID' },
    market: { label: 'Waar de verkoper geregistreerd is' },
    way: { label: 'Manier' },
    shops: { label: 'Winkels' },
  },
  choices: { other: 'Europa en overal elders', US: 'Verenigde Staten' },
  platforms: {
    shopify: {
      app: 'Uit het Shopify Dev Dashboard: uw app, Settings. Nodig om een winkel om toestemming te vragen.',
      ways: {
        consent: {
          title: 'Met toestemming, via uw app',
          hint: 'Shopify laat zien waar om gevraagd wordt; wie in de winkel apps mag installeren geeft toestemming.',
          go: 'Naar Shopify',
        },
        ownApp: {
          title: 'Met een app van uw eigen organisatie',
          hint: 'Voor een winkel en een app van dezelfde organisatie: installeer de app eerst in de winkel.',
          go: 'Koppelen',
        },
        keys: {
          title: 'Met de token van een oudere eigen app',
          hint: 'Zulke apps werden tot en met 2025 in het beheer van een winkel gemaakt en werken nog. De secret is de API secret key.',
          go: 'Koppelen',
        },
      },
    },
    woocommerce: {
      app: '',
      ways: {
        consent: {
          title: 'Met toestemming, in de winkel zelf',
          hint: 'De winkel vraagt het aan de beheerder en stuurt een sleutel. De winkel moet deze Onhand over https kunnen bereiken.',
          go: 'Naar de winkel',
        },
        keys: {
          title: 'Met een zelfgemaakte sleutel',
          hint: 'WooCommerce → Instellingen → Geavanceerd → REST API: voeg een sleutel toe met het recht Lezen/schrijven.',
          go: 'Koppelen',
        },
      },
    },
    'tiktok-shop': {
      app: 'Uit het TikTok Shop Partner Center: App & Service, uw app. De service-ID staat in de autorisatielink.',
      ways: {
        consent: {
          title: 'Met toestemming, via uw app',
          hint: 'Het hoofdaccount van de verkoper geeft toestemming bij TikTok. Eén toestemming kan meer winkels openen; daarna kiest u.',
          go: 'Naar TikTok Shop',
        },
      },
    },
  },
  onward: 'U gaat naar {place}, dat om uw toestemming vraagt.',
  goOn: 'Verder',
  returning: 'Een ogenblik: het antwoord van de winkel wordt bekeken.',
  opened: 'Dit staat open voor Onhand',
  openedLead: 'Kies wat u wilt koppelen. Er is nog niets bewaard.',
  region: 'Regio',
  sellerType: 'Soort verkoper',
  keep: 'Deze winkels koppelen',
  missingHeading: 'Niet toegestaan, hoewel het nodig is',
  askAgain: 'Opnieuw vragen',
  refused: 'De winkel is niet gekoppeld',
  said: 'Het antwoord was:',
  faults: {
    shop: 'Dit is geen adres van zo’n winkel. Kopieer het uit de adresbalk van het beheer en probeer het opnieuw.',
    app: 'De sleutels van de app ontbreken of zijn daar niet bekend. Vul ze hieronder in en begin opnieuw.',
    signature:
      'Het antwoord is niet ondertekend zoals de antwoorden van deze app, dus is het niet gebruikt. Hebt u net de client secret vervangen, vul dan de nieuwe in en begin opnieuw; er is niets gewijzigd.',
    late: 'Het antwoord is te oud, of een klok loopt verkeerd. Controleer de tijd van de server en begin opnieuw; er is niets gewijzigd.',
    foreignShop:
      'Het antwoord gaat over een andere winkel dan waarnaar gevraagd was. Meld u daar aan bij de juiste winkel en begin opnieuw.',
    declined: 'De toestemming is niet gegeven. Er is niets gewijzigd; begin opnieuw wanneer u wilt.',
    code: 'Deze toestemming is al gebruikt of verlopen. Begin opnieuw: het duurt een minuut.',
    keys: 'De winkel aanvaardt deze sleutels niet. Controleer of ze heel gekopieerd en niet ingetrokken zijn.',
    readOnly: 'De sleutel mag niet én lezen én schrijven. Maak er een met het recht Lezen/schrijven, of begin opnieuw.',
    unreachable: 'De winkel antwoordt niet. Er is niets gewijzigd; controleer het adres en probeer het opnieuw.',
    notAShop:
      'Daar antwoordt iets, maar niet de API van zo’n winkel. Controleer het adres; bij WooCommerce mogen permalinks niet “Eenvoudig” zijn.',
    notSeller:
      'Dit is niet het account van een verkoper. Meld u bij TikTok aan met het hoofdaccount van de verkoper en begin opnieuw.',
    noShops: 'Er is geen winkel geopend. Kies er ten minste een op de toestemmingspagina.',
    publicUrl:
      'De winkel kan deze Onhand niet bereiken. PUBLIC_URL moet een https-adres op het internet zijn, met een certificaat dat de winkel vertrouwt; of maak zelf een sleutel.',
    state:
      'Dit antwoord hoort bij niets dat u hier gevraagd hebt: het is al gebruikt, ouder dan een uur, of begonnen in een andere browser. Er is niets gewijzigd; begin opnieuw.',
    field: 'Er ontbreekt iets, of het is te lang.',
    incomplete: 'Er ontbreekt een recht dat Onhand nodig heeft. Vraag opnieuw en sta ze allemaal toe.',
    taken: 'Deze winkel is al gekoppeld.',
    broken: 'Het kon niet worden afgemaakt. Het log zegt waarom; er is niets gekoppeld. Probeer het opnieuw.',
  },
  without: {
    'seller.order.info': 'worden de bestellingen niet gezien',
    'seller.product.basic': 'worden de producten niet gevonden',
    read_products: 'worden producten niet gevonden',
    read_inventory: 'wordt de voorraad niet gelezen',
    write_inventory: 'wordt geen aantal gezet, zodat deze winkel kan verkopen wat weg is',
    read_locations: 'wordt de locatie met de voorraad niet gevonden',
    read_orders: 'worden de verkopen niet gezien, zodat elke andere winkel kan verkopen wat weg is',
    write_orders: 'worden bestellingen van andere winkels hier niet gemaakt of geannuleerd',
    read_fulfillments: 'vertelt geen webhook dat een pakket vertrokken is',
    read_merchant_managed_fulfillment_orders: 'blijft open werk zonder een woord weg uit de antwoorden',
    write_merchant_managed_fulfillment_orders: 'kan geen trackingnummer worden doorgegeven',
  },
}
