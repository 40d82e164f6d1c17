"""Carriers by the names that shops know them under, and where their parcels can be followed.

Names count with their capitals. Source: Shopify, list of tracking companies; patterns of UPS, USPS and China Post as
its samples show them, the others are the carriers' public tracking pages.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from crossdock.domain.orders import Tracking
from crossdock.domain.values import replace

_NUMBER = "{number}"

# Those with a public page that takes the number in its address.
_FOLLOWED: Mapping[str, str] = {
    "4PX": "https://track.4px.com/#/result/0/{number}",
    "ACS Courier": "https://www.acscourier.net/en/track-and-trace/?trackingCode={number}",
    "An Post": "https://www.anpost.com/Post-Parcels/Track/History?item={number}",
    "Aramex Australia": "https://www.aramex.com.au/tools/track?l={number}",
    "Aras Kargo": "https://kargotakip.araskargo.com.tr/mainpage.aspx?code={number}",
    "Australia Post": "https://auspost.com.au/mypost/track/#/details/{number}",
    "Bluedart": "https://www.bluedart.com/trackdartresultthirdparty?trackFor=0&trackNo={number}",
    "BPost": "https://track.bpost.cloud/btr/web/#/search?itemCode={number}",
    "BPost International": "https://track.bpost.cloud/btr/web/#/search?itemCode={number}",
    "Bring": "https://tracking.bring.com/tracking/{number}",
    "BRT": "https://vas.brt.it/vas/sped_det_show.hsm?referer=sped_numspe_par.htm&Nspediz={number}",
    "Canada Post": "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={number}",
    "Canpar": "https://www.canpar.com/en/tracking/track.htm?barcode={number}",
    "China Post": "http://track-chinapost.com/startairmail.php?code={number}",
    "Chronopost": "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={number}",
    "Colissimo": "https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
    "Correios": "https://rastreamento.correios.com.br/app/index.php?objetos={number}",
    "Correos": "https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number={number}",
    "Couriers Please": "https://www.couriersplease.com.au/tools-track/no/{number}",
    "CTT": "https://www.ctt.pt/feapl_2/app/open/objectSearch/objectSearch.jspx?objects={number}",
    "Delhivery": "https://www.delhivery.com/track/package/{number}",
    "Deutsche Post": "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode={number}",
    "Deutsche Post (DE)": "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode={number}",
    "Deutsche Post (EN)": "https://www.deutschepost.de/en/s/sendungsverfolgung.html?piececode={number}",
    "DHL": "https://www.dhl.com/de-de/home/tracking.html?tracking-id={number}",
    "DHL eCommerce": "https://webtrack.dhlecs.com/orders?trackingNumber={number}",
    "DHL eCommerce Asia": "https://ecommerceportal.dhl.com/track/?ref={number}",
    "DHL Express": "https://www.dhl.com/en/express/tracking.html?AWB={number}",
    "DHL Parcel": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={number}",
    "DPD": "https://tracking.dpd.de/status/en_US/parcel/{number}",
    "DPD Ireland": "https://dpd.ie/tracking?consignmentNumber={number}",
    "DPD Local": "https://apis.track.dpdlocal.co.uk/v1/track?parcel={number}",
    "DPD UK": "https://track.dpd.co.uk/search?reference={number}",
    "DTDC": "https://www.dtdc.in/tracking.asp?strCnno={number}",
    "Estes": "https://www.estes-express.com/myestes/shipment-tracking/?query={number}&type=PRO",
    "Evri": "https://www.evri.com/track/parcel/{number}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={number}",
    "GLS": "https://gls-group.eu/EU/en/parcel-tracking?match={number}",
    "GLS Italy": "https://www.gls-italy.com/en/track-and-trace?numero_spedizione={number}",
    "Hermes": "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{number}",
    "Iceland Post": "https://posturinn.is/en/tracking?q={number}",
    "India Post": "https://www.indiapost.gov.in/_layouts/15/dop.portal.tracking/trackconsignment.aspx?id={number}",
    "Inpost": "https://inpost.pl/en/find-parcel?number={number}",
    "Intelcom": "https://intelcom.ca/en/track-your-package/?tracking-id={number}",
    "Israel Post": "https://mypost.israelpost.co.il/itemtrace?itemcode={number}",
    "Japan Post (EN)": "https://trackings.post.japanpost.jp/services/srv/search/direct?locale=en&reqCodeNo1={number}",
    "Japan Post (JA)": "https://trackings.post.japanpost.jp/services/srv/search/direct?locale=ja&reqCodeNo1={number}",
    "La Poste": "https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
    "La Poste Colissimo": "https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
    "Lasership": "https://www.ontrac.com/tracking/?number={number}",
    "Latvia Post": "https://mans.pasts.lv/postal_tracking?shipment={number}",
    "Mondial Relay": "https://www.mondialrelay.fr/suivi-de-colis?numeroExpedition={number}",
    "New Zealand Post": "https://www.nzpost.co.nz/tools/tracking?trackid={number}",
    "NinjaVan": "https://www.ninjavan.co/en-sg/tracking?id={number}",
    "Old Dominion": "https://www.odfl.com/us/en/tools/trace-track-ltl-freight/trace.html?proNumber={number}",
    "OnTrac": "https://www.ontrac.com/tracking/?number={number}",
    "Österreichische Post": "https://www.post.at/s/sendungsdetails?snr={number}",
    "Packeta": "https://tracking.packeta.com/en/?id={number}",
    "Parcelforce": "https://www.parcelforce.com/track-trace?trackNumber={number}",
    "Poste Italiane": "https://www.poste.it/cerca/index.html#/risultati-spedizioni/{number}",
    "PostNL": "https://jouw.postnl.nl/track-and-trace/{number}",
    "PostNord DK": "https://www.postnord.dk/en/track-and-trace#dynamicloading=true&shipmentid={number}",
    "PostNord NO": "https://my.postnord.no/tracking/{number}",
    "PostNord SE": "https://tracking.postnord.com/en/tracking?id={number}",
    "PTT": "https://gonderitakip.ptt.gov.tr/Track/Verify?q={number}",
    "Purolator": "https://www.purolator.com/en/shipping/tracker?pin={number}",
    "R+L Carriers": "https://www2.rlcarriers.com/freight/shipping/shipment-tracing?pro={number}",
    "Royal Mail": "https://www.royalmail.com/track-your-item#/tracking-results/{number}",
    "Sagawa (EN)": "https://k2k.sagawa-exp.co.jp/p/web/okurijosearcheng.do?okurijoNo={number}",
    "Sagawa (JA)": "https://k2k.sagawa-exp.co.jp/p/web/okurijosearch.do?okurijoNo={number}",
    "Sendle": "https://track.sendle.com/tracking?ref={number}",
    "SEUR": "https://www.seur.com/livetracking/pages/seguimiento-online.do?segOnlineIdentificador={number}",
    "SF Express": "https://www.sf-express.com/we/ow/chn/en/waybill/waybill-detail/{number}",
    "Singapore Post": "https://www.singpost.com/track-items?trackingid={number}",
    "StarTrack": "https://startrack.com.au/track/details/{number}",
    "Swiss Post": "https://service.post.ch/ekp-web/ui/entry/search/{number}",
    "TNT": "https://www.tnt.com/express/en_us/site/tracking.html?searchType=con&cons={number}",
    "TNT Australia": "https://www.tnt.com/express/en_au/site/tracking.html?searchType=con&cons={number}",
    "UPS": "https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums={number}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction_input?qtc_tLabels1={number}",
    "Venipak": "https://venipak.lt/en/tracking/track/{number}",
    "Yamato (EN)": "https://toi.kuronekoyamato.co.jp/cgi-bin/tneko?number01={number}",
    "Yamato (JA)": "https://toi.kuronekoyamato.co.jp/cgi-bin/tneko?number01={number}",
    "Yodel": "https://www.yodel.co.uk/tracking/{number}",
    "YunExpress": "https://www.yuntrack.com/parcelTracking?id={number}",
    "Zásilkovna": "https://tracking.packeta.com/cs/?id={number}",
}
_NOT_FOLLOWED: tuple[str, ...] = (
    *("AGS", "Alliance Air Freight", "Allied Express", "Amazon", "Amazon Logistics UK", "Amazon Logistics US"),
    *("Anjun Logistics", "APC", "Asendia USA", "Bonds", "Bonshaw", "BoxKnight", "CDL Last Mile", "Chukou1"),
    *("Colis Privé", "Comingle", "Coordinadora", "CTT Express", "Cyprus Post", "Delnext", "Direct Couriers"),
    *("DTD Express", "DX", "Eagle", "Ecom Express", "Ekart", "Fastway", "First Global Logistics", "First Line"),
    *("FSC", "Fulfilla", "Gati KWE", "GO Logistics", "Guangdong Weisuyi Information Technology (WSE)"),
    *("Heppner Internationale Spedition GmbH & Co.", "Hunter Express", "IDEX", "La Poste Burkina Faso"),
    *("Lietuvos Paštas", "Logisters", "Lone Star Overnight", "Loomis", "LSO", "M3 Logistics", "Meteor Space"),
    *("North Russia Supply Chain (Shenzhen) Co.", "Northline", "Pago Logistics", "Pandion"),
    *("Pilot Freight", "Ping An Da Tengfei Express", "Pitney Bowes", "Portal PostNord", "Professional Couriers"),
    *("Qxpress", "Qyun Express", "Royal Shipments", "SFC Fulfillment", "Shadowfax", "ShipBob"),
    *("SHREE NANDAN COURIER", "Skynet", "Southwest Air Cargo", "Speedy", "Step Forward Freight", "Sürat Kargo"),
    *("Swiship", "TForce Final Mile", "Tinghao", "Toll IPEC", "Tuffnells", "United Delivery Service"),
    *("WanbExpress", "We Post", "Whistl", "Wizmo", "WMYC", "Xpedigo", "XPO Logistics", "XpressBees"),
    *("YiFan Express", "Yurtiçi Kargo"),
    *("エコ配", "西濃運輸", "西濃スーパーエキスプレス", "福山通運", "日本通運", "名鉄運輸", "第一貨物"),
)

CARRIERS: Mapping[str, str | None] = MappingProxyType(
    dict(sorted({**_FOLLOWED, **dict.fromkeys(_NOT_FOLLOWED)}.items()))
)

_UPS = re.compile(r"1Z[0-9A-Z]{16}", re.IGNORECASE)
_HAS_SCHEME = re.compile(r"https?://", re.IGNORECASE)


def carrier_of(number: str) -> str | None:
    """Guess the carrier from the form of a tracking number; only UPS's cannot be taken for another's."""
    return "UPS" if _UPS.fullmatch(number.strip()) else None


def tracking_url(tracking: Tracking) -> str | None:
    """Return where a parcel can be followed: at the address given, else at its carrier's.

    An address without a web scheme gets one, so that nothing else can be followed.
    """
    if tracking.url:
        return tracking.url if _HAS_SCHEME.match(tracking.url) else f"http://{tracking.url}"
    page = CARRIERS.get(tracking.company or "")
    return page.replace(_NUMBER, "".join(tracking.number.split())) if page and tracking.number else None


def completed(tracking: Tracking) -> Tracking:
    """Return a tracking with the carrier and the address that its number tells, where they were not given.

    A carrier is not guessed beside an address of its own. Source: Shopify REST Fulfillment, tracking_info.
    """
    guessed = carrier_of(tracking.number) if tracking.number and not tracking.url else None
    known = replace(tracking, company=tracking.company or guessed)
    return replace(known, url=tracking_url(known))
