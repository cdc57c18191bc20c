"""PURE. A text as a barcode drawn in SVG, to be put into a page as it is: no prolog, no script, no style."""

import re
from functools import lru_cache

import zxingcpp
from markupsafe import Markup

_FORMATS = {"CODE128": zxingcpp.BarcodeFormat.Code128, "EAN13": zxingcpp.BarcodeFormat.EAN13}
_MODULE = 2  # CSS pixels, a whole number so that every bar has sharp edges; on paper 0.53 mm
_DRAWN = re.compile(r'width="(\d+)" height="(\d+)".*?<path d="([MmHhVvZz0-9 .-]+)"', re.DOTALL)


@lru_cache(maxsize=256)
def svg(text: str, symbology: str = "CODE128") -> Markup:
    """The barcode with its quiet zone, two pixels a module wide; its height is for the stylesheet to say.

    `symbology` is CODE128 or EAN13. Raises ValueError for a text that it cannot hold.
    """
    drawn = _DRAWN.search(zxingcpp.create_barcode(text, _FORMATS[symbology]).to_svg(add_quiet_zones=True))
    if drawn is None:
        raise ValueError(f"{text!r} could not be drawn as {symbology}")
    width, height, path = int(drawn[1]), int(drawn[2]), drawn[3]
    return Markup(
        '<svg class="barcode" role="img" aria-label="{text}" width="{pixels}" height="{height}" '
        'viewBox="0 0 {width} {height}" preserveAspectRatio="none" shape-rendering="crispEdges">'
        '<rect width="{width}" height="{height}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
    ).format(text=text, pixels=width * _MODULE, width=width, height=height, path=path)
