"""The countries of ISO 3166-1: how a person writes one, and the code we keep.

Spreadsheets hold two-letter codes, three-letter codes, and names in the language of whoever typed
them. The table is ISO 3166-1 (alpha-2, alpha-3, English short name) with the other names that
artists and their agents use.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from app.domain.names import fold

_TABLE: Final = """
AD AND Andorra; AE ARE United Arab Emirates; AF AFG Afghanistan; AG ATG Antigua and Barbuda; AI
AIA Anguilla; AL ALB Albania; AM ARM Armenia; AO AGO Angola; AQ ATA Antarctica; AR ARG
Argentina; AS ASM American Samoa; AT AUT Austria; AU AUS Australia; AW ABW Aruba; AX ALA Åland
Islands; AZ AZE Azerbaijan; BA BIH Bosnia and Herzegovina; BB BRB Barbados; BD BGD Bangladesh;
BE BEL Belgium; BF BFA Burkina Faso; BG BGR Bulgaria; BH BHR Bahrain; BI BDI Burundi; BJ BEN
Benin; BL BLM Saint Barthélemy; BM BMU Bermuda; BN BRN Brunei Darussalam; BO BOL Bolivia; BQ BES
Bonaire, Sint Eustatius and Saba; BR BRA Brazil; BS BHS Bahamas; BT BTN Bhutan; BV BVT Bouvet
Island; BW BWA Botswana; BY BLR Belarus; BZ BLZ Belize; CA CAN Canada; CC CCK Cocos Islands; CD
COD Congo (Kinshasa); CF CAF Central African Republic; CG COG Congo (Brazzaville); CH CHE
Switzerland; CI CIV Côte d'Ivoire; CK COK Cook Islands; CL CHL Chile; CM CMR Cameroon; CN CHN
China; CO COL Colombia; CR CRI Costa Rica; CU CUB Cuba; CV CPV Cabo Verde; CW CUW Curaçao; CX
CXR Christmas Island; CY CYP Cyprus; CZ CZE Czechia; DE DEU Germany; DJ DJI Djibouti; DK DNK
Denmark; DM DMA Dominica; DO DOM Dominican Republic; DZ DZA Algeria; EC ECU Ecuador; EE EST
Estonia; EG EGY Egypt; EH ESH Western Sahara; ER ERI Eritrea; ES ESP Spain; ET ETH Ethiopia; FI
FIN Finland; FJ FJI Fiji; FK FLK Falkland Islands; FM FSM Micronesia; FO FRO Faroe Islands; FR
FRA France; GA GAB Gabon; GB GBR United Kingdom; GD GRD Grenada; GE GEO Georgia; GF GUF French
Guiana; GG GGY Guernsey; GH GHA Ghana; GI GIB Gibraltar; GL GRL Greenland; GM GMB Gambia; GN GIN
Guinea; GP GLP Guadeloupe; GQ GNQ Equatorial Guinea; GR GRC Greece; GS SGS South Georgia and the
South Sandwich Islands; GT GTM Guatemala; GU GUM Guam; GW GNB Guinea-Bissau; GY GUY Guyana; HK
HKG Hong Kong; HM HMD Heard Island and McDonald Islands; HN HND Honduras; HR HRV Croatia; HT HTI
Haiti; HU HUN Hungary; ID IDN Indonesia; IE IRL Ireland; IL ISR Israel; IM IMN Isle of Man; IN
IND India; IO IOT British Indian Ocean Territory; IQ IRQ Iraq; IR IRN Iran; IS ISL Iceland; IT
ITA Italy; JE JEY Jersey; JM JAM Jamaica; JO JOR Jordan; JP JPN Japan; KE KEN Kenya; KG KGZ
Kyrgyzstan; KH KHM Cambodia; KI KIR Kiribati; KM COM Comoros; KN KNA Saint Kitts and Nevis; KP
PRK North Korea; KR KOR South Korea; KW KWT Kuwait; KY CYM Cayman Islands; KZ KAZ Kazakhstan; LA
LAO Laos; LB LBN Lebanon; LC LCA Saint Lucia; LI LIE Liechtenstein; LK LKA Sri Lanka; LR LBR
Liberia; LS LSO Lesotho; LT LTU Lithuania; LU LUX Luxembourg; LV LVA Latvia; LY LBY Libya; MA
MAR Morocco; MC MCO Monaco; MD MDA Moldova; ME MNE Montenegro; MF MAF Saint Martin; MG MDG
Madagascar; MH MHL Marshall Islands; MK MKD North Macedonia; ML MLI Mali; MM MMR Myanmar; MN MNG
Mongolia; MO MAC Macao; MP MNP Northern Mariana Islands; MQ MTQ Martinique; MR MRT Mauritania;
MS MSR Montserrat; MT MLT Malta; MU MUS Mauritius; MV MDV Maldives; MW MWI Malawi; MX MEX
Mexico; MY MYS Malaysia; MZ MOZ Mozambique; NA NAM Namibia; NC NCL New Caledonia; NE NER Niger;
NF NFK Norfolk Island; NG NGA Nigeria; NI NIC Nicaragua; NL NLD Netherlands; NO NOR Norway; NP
NPL Nepal; NR NRU Nauru; NU NIU Niue; NZ NZL New Zealand; OM OMN Oman; PA PAN Panama; PE PER
Peru; PF PYF French Polynesia; PG PNG Papua New Guinea; PH PHL Philippines; PK PAK Pakistan; PL
POL Poland; PM SPM Saint Pierre and Miquelon; PN PCN Pitcairn; PR PRI Puerto Rico; PS PSE
Palestine; PT PRT Portugal; PW PLW Palau; PY PRY Paraguay; QA QAT Qatar; RE REU Réunion; RO ROU
Romania; RS SRB Serbia; RU RUS Russian Federation; RW RWA Rwanda; SA SAU Saudi Arabia; SB SLB
Solomon Islands; SC SYC Seychelles; SD SDN Sudan; SE SWE Sweden; SG SGP Singapore; SH SHN Saint
Helena; SI SVN Slovenia; SJ SJM Svalbard and Jan Mayen; SK SVK Slovakia; SL SLE Sierra Leone; SM
SMR San Marino; SN SEN Senegal; SO SOM Somalia; SR SUR Suriname; SS SSD South Sudan; ST STP Sao
Tome and Principe; SV SLV El Salvador; SX SXM Sint Maarten; SY SYR Syria; SZ SWZ Eswatini; TC
TCA Turks and Caicos Islands; TD TCD Chad; TF ATF French Southern Territories; TG TGO Togo; TH
THA Thailand; TJ TJK Tajikistan; TK TKL Tokelau; TL TLS Timor-Leste; TM TKM Turkmenistan; TN TUN
Tunisia; TO TON Tonga; TR TUR Türkiye; TT TTO Trinidad and Tobago; TV TUV Tuvalu; TW TWN Taiwan;
TZ TZA Tanzania; UA UKR Ukraine; UG UGA Uganda; UM UMI United States Minor Outlying Islands; US
USA United States; UY URY Uruguay; UZ UZB Uzbekistan; VA VAT Holy See; VC VCT Saint Vincent and
the Grenadines; VE VEN Venezuela; VG VGB British Virgin Islands; VI VIR United States Virgin
Islands; VN VNM Vietnam; VU VUT Vanuatu; WF WLF Wallis and Futuna; WS WSM Samoa; YE YEM Yemen;
YT MYT Mayotte; ZA ZAF South Africa; ZM ZMB Zambia; ZW ZWE Zimbabwe
"""

_OTHER_NAMES: Final = {
    "UK": "GB", "England": "GB", "Scotland": "GB", "Wales": "GB", "Northern Ireland": "GB",
    "Great Britain": "GB", "Britain": "GB", "USA": "US", "United States of America": "US",
    "America": "US", "U.S.": "US", "U.S.A.": "US", "U.K.": "GB", "Deutschland": "DE",
    "Österreich": "AT", "Schweiz": "CH", "Suisse": "CH", "Svizzera": "CH", "España": "ES",
    "Italia": "IT", "Nederland": "NL", "Holland": "NL", "The Netherlands": "NL", "Belgique": "BE",
    "België": "BE", "Danmark": "DK", "Sverige": "SE", "Norge": "NO", "Suomi": "FI",
    "Polska": "PL", "Magyarország": "HU", "Éire": "IE", "Republic of Ireland": "IE",
    "Hellas": "GR", "Česko": "CZ", "Czech Republic": "CZ", "Slovenská republika": "SK",
    "Brasil": "BR", "México": "MX", "Nippon": "JP", "Korea": "KR", "Republic of Korea": "KR",
    "Aotearoa": "NZ", "Russia": "RU", "Turkey": "TR", "Vietnam": "VN", "Ivory Coast": "CI",
    "Cape Verde": "CV", "Swaziland": "SZ", "Macedonia": "MK", "UAE": "AE",
    "Oz": "AU", "Vatican": "VA", "East Timor": "TL", "Burma": "MM",
}  # fmt: skip
"""Names in the country's own language, short forms, and names of before. The UK's code is GB."""


def _entries() -> Iterator[list[str]]:
    for entry in " ".join(_TABLE.split()).split("; "):
        yield entry.split(" ", 2)


def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for two, three, name in _entries():
        found |= {fold(two): two, fold(three): two, fold(name): two}
    return found | {fold(name): code for name, code in _OTHER_NAMES.items()}


_CODES: Final = _codes()
_NAMES: Final = {two: name for two, _, name in _entries()}


def country_code(written: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country as somebody wrote it, if we know it."""
    return _CODES.get(fold(written))


def country_name(code: str) -> str:
    """Return the English short name of a country, empty for a code that is none."""
    return _NAMES.get(code, "")


@cache
def country_of_zone(zone: str) -> str:
    """Return the country that a time zone lies in by the IANA's own table, empty where it has none."""
    return _zones().get(zone, "")


@cache
def _zones() -> dict[str, str]:
    table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
