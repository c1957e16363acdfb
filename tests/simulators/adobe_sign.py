"""placeholder"""

UNCHECKED = ()


class AdobeSign: ...
