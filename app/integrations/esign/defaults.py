"""How the embedded sealer is made: apart from the others, since its library takes 50 MB."""

from app.integrations.esign.builtin import BuiltInSealer
from app.integrations.esign.root import seal_of_the_house
from config import Config


def builtin_sealer(config: Config) -> BuiltInSealer:
    """Seal with SEAL_P12, or with the certificate made for this installation."""
    if config.seal_p12 is not None:
        return BuiltInSealer(config.seal_p12, config.seal_p12_password)
    return BuiltInSealer(seal_of_the_house(config.var / "seal"))
