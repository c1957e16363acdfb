"""The currencies of ISO 4217 (list one, amendment 179) and how many decimals each has."""

from typing import Final

from app.domain.errors import Refused

_TWO: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD "
    "LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB "
    "PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
)
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"

DECIMALS: Final[dict[str, int]] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
}
"""Left out: codes without decimals in the standard (gold, test), and CLF and UYW, whose four we do not store."""


def decimals_of(currency: str) -> int:
    """Return how many decimals amounts in ``currency`` have, or refuse an unknown code."""
    try:
        return DECIMALS[currency]
    except KeyError:
        raise Refused(
            f"{currency or 'Nothing'} is not a currency. Write its three letters, such as AUD or EUR.",
            field="currency",
        ) from None


def parse_currency(text: str) -> str:
    """Return the code that somebody typed, in capitals, or refuse."""
    code = text.strip().upper()
    decimals_of(code)
    return code
