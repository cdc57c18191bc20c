"""The sheet of demo cards as a browser draws it: whatever is on it, a scanner can read."""

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser

from kiosk import demo_showcase as shown
from tests.e2e.running import Kiosk
from web.demo import COMMANDS

EVERYTHING = {*shown.CARDS, *shown.LABELS, *shown.ISBNS, *(text for text, _, _ in COMMANDS)}


@pytest.mark.parametrize(("width", "sharpness"), [(1280, 1), (390, 3)], ids=["on a screen", "on a phone"])
def test_every_card_label_and_command_on_the_sheet_can_be_scanned(
    kiosk: Kiosk, browser: Browser, width: int, sharpness: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, device_scale_factor=sharpness)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{kiosk.url}/demo?language=en")
    picture = cv2.imdecode(np.frombuffer(page.screenshot(full_page=True), np.uint8), cv2.IMREAD_GRAYSCALE)
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert picture is not None
    assert {found.text for found in zxingcpp.read_barcodes(picture)} == EVERYTHING
    assert complaints == []
    assert fits
