"""What the camera locates is framed on the screen, and what it cannot read is helped with a word.

The pictures are generated; the codes in them are of the demo school.
"""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import expect
from pyzbar import pyzbar

from bench.drawing import Print
from bench.scenes import RATE, Clip
from kiosk import demo_showcase as shown
from tests.e2e.conftest import NewScreen
from tests.e2e.running import Kiosk, until
from tests.scanner_helpers import code, on_desk

A_LOOP = 90_000  # ms: one loop of the generated scene takes half a minute
LABEL = "10000001"  # on its shelf in the demo school
Picture = NDArray[np.uint8]


def film(path: Path, pictures: Iterable[Picture]) -> Path:
    """Write the pictures, all of one size, as a video."""
    out: cv2.VideoWriter | None = None
    for picture in pictures:
        tall, wide = picture.shape[:2]
        out = out or cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (wide, tall))
        out.write(picture)
    assert out is not None
    out.release()
    return path


def kiosk_that_sees(folder: Path, video: Path) -> Kiosk:
    """A kiosk whose camera shows this video, again and again."""
    return Kiosk(folder, station=f'camera = "{video}"').start()


def plain_pyzbar_reads(picture: Picture) -> bool:
    """Whether pyzbar alone reads the label somewhere in the picture."""
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return any(found.data.decode("latin-1") == LABEL for found in pyzbar.decode(gray))


def clip_that_pyzbar_does_not_read() -> list[Picture]:
    """The first of the tilted, blurred clips in which pyzbar reads no frame."""
    for seed in range(100):
        pictures = [shot.picture for shot in Clip(seed, code=Print(LABEL, "CODE128", 0.5, 12.0)).shots()]
        if not any(map(plain_pyzbar_reads, pictures)):
            return pictures
    raise AssertionError("pyzbar reads all of a hundred clips")


def test_a_code_is_framed_when_it_is_located_and_lit_when_it_is_read(tmp_path: Path, new_screen: NewScreen) -> None:
    kiosk = Kiosk(tmp_path, station='camera = "demo"').start()
    screen = new_screen(kiosk)
    expect(screen.page.locator("#eye .code").first).to_be_attached(timeout=A_LOOP)
    expect(screen.page.locator("#eye .code-read").first).to_be_attached(timeout=A_LOOP)
    kiosk.stop()


def test_a_tilted_blurred_label_that_pyzbar_does_not_read_is_read(tmp_path: Path, new_screen: NewScreen) -> None:
    kiosk = kiosk_that_sees(tmp_path, film(tmp_path / "tilted.avi", clip_that_pyzbar_does_not_read()))
    screen = new_screen(kiosk)
    screen.says("Now scan your card")
    assert shown.FREE not in screen.stage.inner_text()
    until(lambda: kiosk.flaws() == [])
    kiosk.stop()


def too_blurred() -> Iterable[Picture]:
    """A label that trembles in a hand for six seconds, nearer than a lens without autofocus can see."""
    sharp = on_desk(code(LABEL, scale=3)[:500])
    noise = np.random.default_rng(1)
    for number in range(6 * RATE):
        moved = np.roll(sharp, (number % 3, (number // 2) % 3), axis=(0, 1)).astype(np.float32)
        blurred = cv2.GaussianBlur(moved, (0, 0), 5.0)
        yield np.clip(blurred + noise.normal(0, 6, moved.shape), 0, 255).astype(np.uint8)


def test_a_label_too_near_to_be_sharp_is_helped_with_a_word(tmp_path: Path, new_screen: NewScreen) -> None:
    kiosk = kiosk_that_sees(tmp_path, film(tmp_path / "blurred.avi", too_blurred()))
    screen = new_screen(kiosk)
    expect(screen.page.locator("#eye .hint")).to_contain_text("Hold it still", timeout=A_LOOP)
    kiosk.stop()
