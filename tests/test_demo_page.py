"""The sheet of demo cards and labels: what is drawn can be scanned, and a real library has none."""

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from flask.testing import FlaskClient
from numpy.typing import NDArray

from kiosk import demo, demo_showcase, labels
from kiosk.config import Config
from kiosk.database import Database
from kiosk.labels import Command, LabelRules, meanings
from tests.house import Home
from web import create_app
from web.barcodes import svg
from web.demo import COMMANDS

_BAR = re.compile(r"M(\d+) 0h(\d+)v\d+h-\d+Z")
_MIDDLE = 30  # pixels down, where every bar is still there


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Somebody at this machine who asks for the pages of a demo school."""
    folder = tmp_path_factory.mktemp("demo")
    database = Database(f"sqlite:///{(folder / 'kiosk.sqlite').as_posix()}", synchronous="NORMAL")
    database.migrate()
    assert demo.load(database, "Asia/Shanghai", datetime(2026, 11, 22, 8, 0, tzinfo=UTC))
    return create_app(Config(folder / "config.toml", database.url), database).test_client()


def painted(drawing: str) -> NDArray[np.uint8]:
    """The drawing as an image, four pixels a module, from its own bars and nothing else."""
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', drawing).groups())  # type: ignore[union-attr]
    row = np.full(width, 255, np.uint8)
    for start, length in _BAR.findall(drawing):
        row[int(start) : int(start) + int(length)] = 0
    return np.repeat(np.tile(row, (height * 2, 1)), 4, axis=1)


def read(drawing: str) -> list[tuple[str, str]]:
    return [(found.text, found.format.name) for found in zxingcpp.read_barcodes(painted(drawing))]


@pytest.mark.parametrize("text", [*demo_showcase.CARDS, *demo_showcase.LABELS, *(command[0] for command in COMMANDS)])
def test_every_card_label_and_command_can_be_read_from_its_drawing(text: str) -> None:
    assert read(svg(text)) == [(text, "Code128")]


@pytest.mark.parametrize("isbn", demo_showcase.ISBNS)
def test_an_isbn_is_drawn_as_the_publishers_barcode(isbn: str) -> None:
    assert read(svg(isbn, "EAN13")) == [(isbn, "EAN13")]


def test_there_is_a_quiet_zone_of_at_least_ten_modules_on_both_sides() -> None:
    image = painted(svg("20250101"))
    dark = np.flatnonzero((image == 0).any(axis=0))
    assert dark[0] >= 40
    assert image.shape[1] - 1 - dark[-1] >= 40


def test_a_drawing_can_stand_in_a_page_without_style_script_or_prolog() -> None:
    drawing = svg('<script>"&')
    assert drawing.startswith("<svg ")
    assert "<?xml" not in drawing
    assert "<!DOCTYPE" not in drawing
    assert "<script>" not in drawing
    assert "style" not in drawing


@pytest.mark.parametrize(("text", "symbology"), [("", "CODE128"), ("书", "CODE128"), ("9799000000012", "EAN13")])
def test_what_a_barcode_cannot_hold_is_an_error(text: str, symbology: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        svg(text, symbology)


def test_the_demo_school_shows_all_its_cards_labels_and_commands(visitor: FlaskClient) -> None:
    page = visitor.get("/demo")
    drawn = set(re.findall(r'class="barcode" role="img" aria-label="([^"]+)"', page.text))
    commands = {command[0] for command in COMMANDS}
    assert page.status_code == 200
    assert drawn == {*demo_showcase.CARDS, *demo_showcase.LABELS, *demo_showcase.ISBNS} | commands
    assert "示范小学" in page.text
    assert "没头脑和不高兴" in page.text


def test_every_command_card_is_a_command(visitor: FlaskClient) -> None:
    meant = [meanings(text, LabelRules())[0] for text, _, _ in COMMANDS]
    assert [each.name for each in meant if isinstance(each, Command)] == list(labels.COMMANDS)


@pytest.mark.parametrize(("language", "words"), [("en", "Reader cards"), ("zh_Hans", ""), ("xx<script>", "")])
def test_the_sheet_speaks_the_language_that_is_asked_for_if_it_can(
    visitor: FlaskClient, language: str, words: str
) -> None:
    page = visitor.get("/demo", query_string={"language": language})
    assert page.status_code == 200
    assert words in page.text
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in page.text
    assert "<script" not in page.text


def test_the_sheet_keeps_the_pages_policy(visitor: FlaskClient) -> None:
    page = visitor.get("/demo").text
    assert " style=" not in page
    assert "<style" not in page


def test_a_real_library_has_no_such_sheet_and_shows_nobody(tmp_path: Path) -> None:
    page = Home(tmp_path).client.get("/demo", query_string={"language": "en"})
    assert page.status_code == 404
    assert "There is no demo data here: this is a real library." in page.text
    assert 'class="barcode"' not in page.text


def test_another_machine_without_a_token_does_not_see_the_sheet(visitor: FlaskClient) -> None:
    assert visitor.get("/demo", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 401
